"use strict";

// What the page was given, or has fetched of itself since; and the pictures by run and snapshot.
let told = JSON.parse(document.getElementById("told").textContent);
const frames = new Map();
const held = new Map(); // of each layer: the unit that is held, and what it is drawn as

const words = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const count = new Intl.NumberFormat("en");
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
