// Tapestries: a slider through the snapshots, and a unit shown large.

const [STEPS, GREY] = [32, 7]; // as images.py writes them
const ARM = 0.4; // of a unit's side: how far a mark reaches from its corner, as in pictures

const scrub = () => document.querySelector(".scrub input");

function steps() {
  const seen = told.runs.flatMap((run) => run.snapshots.map((each) => each.inputs));
  return [...new Set(seen)].sort((a, b) => a - b);
}

/** The snapshot of a run at a step of the slider: its last one by then. */
function snapshotAt(run, inputs) {
  return run.snapshots.findLast((each) => each.inputs <= inputs) ?? run.snapshots[0];
}

/** The pictures of all layers at a snapshot: in the page, or asked for. */
function frame(n, inputs) {
  const key = `${n}/${inputs}`;
  if (!frames.has(key)) {
    const inside = document.getElementById(`frames-${n}`);
    if (inside) {
      for (const [at, of] of Object.entries(JSON.parse(inside.textContent))) {
        frames.set(`${n}/${at}`, Promise.resolve(of));
      }
      inside.remove();
    } else {
      const asked = fetch(`frames/${inputs}.json`).then((answer) => (answer.ok ? answer.json() : null));
      frames.set(key, asked.catch(() => null));
      if (frames.size > 200) frames.delete(frames.keys().next().value);
    }
  }
  return frames.get(key);
}

/** After how many inputs the slider stands; undefined where there is no snapshot. */
const chosenInputs = () => steps()[scrub()?.valueAsNumber];

// The server makes pictures while a run trains beside it: the live page asks for those in view alone.
const inView = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    target.inView = isIntersecting;
    if (isIntersecting) showTapestry(target, chosenInputs());
  }
}, { rootMargin: "100px" });

/** Show the snapshots at which the slider stands. */
function showSnapshots() {
  const slider = scrub();
  const inputs = chosenInputs();
  if (inputs === undefined) return;
  const when = told.runs.length === 1 ? `, ${snapshotAt(told.runs[0], inputs).when}` : "";
  const text = `after ${count.format(inputs)} inputs${when}`;
  document.querySelector(".scrub output").textContent = text;
  slider.setAttribute("aria-valuetext", text);
  for (const figure of all("figure.layer")) showTapestry(figure, inputs);
}

async function showTapestry(figure, inputs) {
  const { run, layer, spot } = places(figure);
  const at = snapshotAt(run, inputs);
  if (!at || !layer || (told.live && !figure.inView)) return;
  const asked = (figure.asked = `${at.inputs}/${spot.kind}`);
  const of = (await frame(Number(figure.dataset.run), at.inputs))?.[figure.dataset.layer];
  if (figure.asked !== asked) return; // another has been asked for meanwhile
  figure.querySelector(".gone").hidden = Boolean(of);
  if (!of) return;
  const picture = of[spot.kind] ?? of.weights;
  picture.steps ??= decoded(picture.src);
  delete picture.src; // the larger half of it
  await picture.steps;
  if (figure.asked !== asked) return;
  Object.assign(figure, { picture, inputs: at.inputs });
  await paint(figure);
}

/** The steps of all weights, by the grey of a picture's pixels. */
async function decoded(src) {
  const img = new Image();
  img.src = src;
  await img.decode();
  const context = Object.assign(document.createElement("canvas"), { width: img.naturalWidth, height: img.naturalHeight }).getContext("2d", { willReadFrequently: true });
  context.drawImage(img, 0, 0);
  const pixels = context.getImageData(0, 0, img.naturalWidth, img.naturalHeight).data;
  return Uint8Array.from({ length: pixels.length / 4 }, (_, i) => Math.round(pixels[4 * i] / GREY));
}

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => all("figure.layer").filter((each) => each.picture).forEach(paint));

/** A colour such as #0072b2 as four bytes of a picture. */
const bytes = (hex) => 0xff000000 | (parseInt(hex.slice(5, 7), 16) << 16) | (parseInt(hex.slice(3, 5), 16) << 8) | parseInt(hex.slice(1, 3), 16);

/** Draw a figure's picture: units side by side with a pixel between, those that never won marked. */
async function paint(figure) {
  const { picture } = figure;
  const { run, layer, spot, field } = places(figure);
  const steps = await picture.steps;
  // As the newest snapshot asks for, so that a scale does not change while others pass.
  if (!(figure.inputs < spot.newest?.inputs) || spot.newest.kind !== spot.kind) spot.newest = { inputs: figure.inputs, kind: spot.kind, own: picture.own };
  const own = spot.own ?? spot.newest.own;
  const [[rows, columns], [high, wide]] = [layer.grid, field];
  const [width, height] = [columns * (wide + 1) + 1, rows * (high + 1) + 1];
  const theme = told.colours[dark.matches ? "dark" : "light"];
  const map = theme[picture.signed ? "signed" : "weights"].map(bytes);
  const wins = figure.inputs === run.readOut ? run.votes[figure.dataset.layer]?.wins : undefined;
  const pixels = new Uint32Array(width * height).fill(bytes(theme.gap));
  for (let unit = 0; unit < rows * columns; unit++) {
    const [row, column] = [Math.floor(unit / columns), unit % columns];
    const [begin, end] = [picture.lowest[unit] ?? 0, picture.largest[unit] ?? 0];
    const colours = Array.from({ length: STEPS + 1 }, (_, step) => {
      const share = picture.signed ? (step / STEPS) * 2 - 1 : step / STEPS;
      const part = own ? share : clamp((begin + share * (end - begin) - picture.low) / (picture.top - picture.low), picture.signed ? -1 : 0, 1);
      return map[Math.round((picture.signed ? (1 + part) / 2 : part) * (map.length - 1))];
    });
    for (let y = 0; y < high; y++) {
      const from = (row * high + y) * columns * wide + column * wide;
      const to = (1 + row * (high + 1) + y) * width + 1 + column * (wide + 1);
      for (let x = 0; x < wide; x++) pixels[to + x] = colours[steps[from + x]] ?? bytes(theme.bad[picture.signed ? 1 : 0]);
    }
  }
  // Over the lines between units, when all are drawn: an angle at the lower left, as in pictures.
  const never = (wins ?? []).flatMap((n, unit) => (n === 0 ? [unit] : []));
  for (const unit of never) {
    const corner = (1 + Math.floor(unit / columns)) * (high + 1) * width + (unit % columns) * (wide + 1);
    for (let x = 0; x <= Math.round(ARM * wide); x++) pixels[corner + x] = bytes(theme.never);
    for (let y = 0; y <= Math.round(ARM * high); y++) pixels[corner - y * width] = bytes(theme.never);
  }
  figure.querySelector(".never").hidden = !never.length;
  figure.querySelector(".never span").textContent = `${count.format(never.length)} of ${count.format(wins?.length ?? 0)} units won no training image`;
  const sheet = (figure.sheet = Object.assign(document.createElement("canvas"), { width, height }));
  sheet.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  const begins = words.format(picture.low) + (picture.low > 0 ? " (not 0)" : "");
  const [low, top] = own ? [picture.lowest.length ? "the lowest" : "0", "the largest of each unit"] : [picture.signed ? `−${words.format(picture.top)}` : begins, words.format(picture.top)];
  figure.querySelector(".low").textContent = own && picture.signed ? "minus" : low;
  figure.querySelector(".high").textContent = top + (picture.cut && !own ? " and more" : "");
  figure.querySelector(".ramp").classList.toggle("signed", picture.signed);
  figure.querySelector(".mosaic canvas").setAttribute("aria-label", `${figure.dataset.layer} after ${count.format(figure.inputs)} inputs: ${rows} × ${columns} units, weights from ${own && picture.signed ? "minus " : ""}${own && picture.signed ? top : low} to ${top}`);
  for (const button of all("button[data-key]", figure)) {
    const now = button.dataset.key === "own" ? own : spot.kind;
    button.setAttribute("aria-pressed", String(now) === button.dataset.value);
  }
  fit(figure);
}

/** A figure's run and layer, what is chosen in it, and the field in which a unit is drawn. */
function places(figure) {
  const run = told.runs[figure.dataset.run];
  const layer = run?.layers[figure.dataset.layer];
  const key = `${run?.id}/${figure.dataset.layer}`;
  if (!held.has(key)) held.set(key, { unit: null, pinned: false, own: null, kind: layer?.pixels ? "pixels" : "weights" });
  const spot = held.get(key);
  return { run, layer, spot, field: spot.kind === "pixels" ? layer?.pixels : layer?.field };
}

/** Whole pixels a weight where there is room for it, so that no texture is added; else shrunk. */
function fit(figure) {
  const { sheet } = figure;
  if (!sheet) return;
  const shown = figure.querySelector(".mosaic canvas");
  const room = Math.min(figure.querySelector(".sheet").clientWidth, 720);
  const scale = Math.floor(room / sheet.width);
  const wide = scale > 0 ? scale * sheet.width : room;
  const dots = scale > 0 ? sheet.width : Math.min(Math.round(room * devicePixelRatio), sheet.width);
  shown.classList.toggle("whole", scale > 0);
  shown.style.width = `${wide}px`;
  Object.assign(shown, { width: dots, height: Math.round((dots / sheet.width) * sheet.height) });
  const context = shown.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(sheet, 0, 0, shown.width, shown.height);
  showUnit(figure);
}

/** The unit that is chosen, large, and what is known of it. */
function showUnit(figure) {
  const { run, layer, spot, field } = places(figure);
  const { sheet } = figure;
  const [cursor, canvas] = [".cursor", ".unit canvas"].map((each) => figure.querySelector(each));
  const said = figure.querySelector(".unit p");
  cursor.hidden = spot.unit === null;
  if (spot.unit === null) {
    canvas.hidden = true;
    said.textContent = "Point at a unit to see it large.";
    return;
  }
  const [high, wide] = field;
  const columns = layer.grid[1];
  const [row, column] = [Math.floor(spot.unit / columns), spot.unit % columns];
  const [x, y] = [1 + column * (wide + 1), 1 + row * (high + 1)];
  const share = (n, of) => `${(100 * n) / of}%`;
  Object.assign(cursor.style, {
    left: share(x, sheet.width), top: share(y, sheet.height),
    width: share(wide, sheet.width), height: share(high, sheet.height),
  });
  cursor.classList.toggle("held", spot.pinned);
  canvas.hidden = false;
  [canvas.width, canvas.height] = [wide, high];
  canvas.style.aspectRatio = `${wide} / ${high}`;
  canvas.getContext("2d").drawImage(sheet, x, y, wide, high, 0, 0, wide, high);
  const lines = [`Unit ${spot.unit}, row ${row}, column ${column}`, `Largest weight ${words.format(figure.picture.largest[spot.unit] ?? 0)}`];
  const vote = run.votes[figure.dataset.layer];
  if (vote) {
    const wins = vote.wins[spot.unit];
    lines.push(wins ? `Class ${vote.classes[spot.unit]}` : "No class");
    lines.push(wins ? `Won ${count.format(wins)} training images, ${words.format((100 * wins) / vote.wins.reduce((a, b) => a + b))} %` : "Won no training image");
    if (figure.inputs !== run.readOut) lines.push(`(counted after ${count.format(run.readOut)} inputs)`);
  } else {
    lines.push("Its wins were not counted: no vote of this layer was read out");
  }
  if (spot.pinned) lines.push("Held; Escape lets go");
  said.textContent = lines.join("\n");
  canvas.setAttribute("aria-label", `Weights of ${lines[0].toLowerCase()}, large`);
}

function unitUnder(figure, event) {
  const { layer, field } = places(figure);
  const sheet = figure.querySelector(".mosaic canvas");
  const box = sheet.getBoundingClientRect();
  const scale = figure.sheet.width / box.width;
  const [rows, columns] = layer.grid;
  const column = clamp(Math.floor(((event.clientX - box.left) * scale) / (field[1] + 1)), 0, columns - 1);
  const row = clamp(Math.floor(((event.clientY - box.top) * scale) / (field[0] + 1)), 0, rows - 1);
  return row * columns + column;
}

function choose(figure, unit, pinned) {
  if (!figure.sheet) return; // it is not drawn yet
  const { spot } = places(figure);
  Object.assign(spot, { unit, pinned });
  showUnit(figure);
}

function listenTo(figure) {
  const mosaic = figure.querySelector(".mosaic");
  mosaic.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch" && !places(figure).spot.pinned) choose(figure, unitUnder(figure, event), false);
  });
  mosaic.addEventListener("pointerleave", () => {
    if (!places(figure).spot.pinned && document.activeElement !== mosaic) choose(figure, null, false);
  });
  mosaic.addEventListener("click", (event) => {
    const { spot } = places(figure);
    const unit = unitUnder(figure, event);
    choose(figure, unit, !(spot.pinned && spot.unit === unit));
  });
  mosaic.addEventListener("focus", () => {
    if (places(figure).spot.unit === null) choose(figure, 0, false);
  });
  mosaic.addEventListener("blur", () => {
    if (!places(figure).spot.pinned) choose(figure, null, false);
  });
  mosaic.addEventListener("keydown", (event) => {
    const { run, layer, spot } = places(figure);
    const [rows, columns] = layer.grid;
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const unit = spot.unit ?? 0;
    if (move !== undefined) {
      const to = unit + move;
      if (to >= 0 && to < rows * columns) choose(figure, to, spot.pinned);
    } else if (event.key === "Home") choose(figure, 0, spot.pinned);
    else if (event.key === "End") choose(figure, rows * columns - 1, spot.pinned);
    else if (event.key === "Enter" || event.key === " ") choose(figure, unit, !spot.pinned);
    else if (event.key === "Escape") choose(figure, unit, false);
    else return;
    event.preventDefault();
  });
  for (const button of all("button[data-key]", figure)) {
    button.addEventListener("click", () => {
      const { key, value } = button.dataset;
      places(figure).spot[key] = key === "own" ? value === "true" : value;
      showSnapshots();
    });
  }
}

let playing = null;

function play(button) {
  const slider = scrub();
  const on = playing === null;
  button.setAttribute("aria-pressed", on);
  if (!on) {
    clearInterval(playing);
    playing = null;
    return;
  }
  if (slider.value === slider.max) slider.value = 0;
  playing = setInterval(() => {
    if (!slider.isConnected || slider.value === slider.max) return play(button);
    slider.value = slider.valueAsNumber + 1;
    showSnapshots();
  }, 350);
  showSnapshots();
}

/** Give the slider its steps. It stays where it was, or at the end where it was there. */
function setSlider(before, atEnd) {
  const slider = scrub();
  if (!slider) return;
  const now = steps();
  const place = atEnd ? now.length - 1 : now.findLastIndex((each) => each <= before);
  slider.max = Math.max(now.length - 1, 0);
  slider.value = Math.max(place, 0);
  slider.disabled = now.length < 2;
}

function mountTapestries() {
  const slider = scrub();
  if (!slider) return;
  for (const figure of all("figure.layer")) {
    listenTo(figure);
    if (told.live) inView.observe(figure);
  }
  slider.addEventListener("input", showSnapshots);
  const button = document.querySelector(".play");
  button.addEventListener("click", () => play(button));
}
