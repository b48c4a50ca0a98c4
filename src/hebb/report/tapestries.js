// Tapestries: a slider through the snapshots, and a unit shown large.

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
  const counted = told.live && inputs === told.runs[n].readOut; // its pictures have marks since
  const key = `${n}/${inputs}${counted ? "/read out" : ""}`;
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

/** Show the snapshots at which the slider stands. */
function showSnapshots() {
  const slider = scrub();
  const inputs = steps()[slider?.valueAsNumber];
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
  if (!at || !layer) return;
  const asked = (figure.asked = `${at.inputs}/${spot.kind}`);
  const of = (await frame(Number(figure.dataset.run), at.inputs))?.[figure.dataset.layer];
  if (!of || figure.asked !== asked) return; // it is gone, or another has been asked for meanwhile
  const picture = of[spot.kind] ?? of.weights;
  const img = figure.querySelector("img");
  if (img.src !== picture.src) {
    img.src = picture.src;
    await img.decode().catch(() => undefined);
  }
  const ends = [picture.low, picture.high].map((end) => words.format(end));
  const [rows, columns] = layer.grid;
  img.alt = `${figure.dataset.layer} after ${count.format(at.inputs)} inputs: ${rows} × ${columns} units, weights from ${ends[0]} to ${ends[1]}`;
  figure.querySelector(".low").textContent = ends[0];
  figure.querySelector(".high").textContent = ends[1] + (picture.cut ? " and more" : "");
  figure.querySelector(".ramp").classList.toggle("signed", picture.signed);
  figure.inputs = at.inputs;
  fit(figure);
}

/** A figure's run and layer, what is chosen in it, and the field in which a unit is drawn. */
function places(figure) {
  const run = told.runs[figure.dataset.run];
  const layer = run?.layers[figure.dataset.layer];
  const key = `${run?.id}/${figure.dataset.layer}`;
  if (!held.has(key)) held.set(key, { unit: null, pinned: false, kind: layer?.pixels ? "pixels" : "weights" });
  const spot = held.get(key);
  return { run, layer, spot, field: spot.kind === "pixels" ? layer?.pixels : layer?.field };
}

/** Whole pixels a weight where there is room for it, so that no texture is added. */
function fit(figure) {
  const img = figure.querySelector("img");
  const scale = Math.floor(Math.min(figure.querySelector(".sheet").clientWidth, 720) / img.naturalWidth);
  img.classList.toggle("whole", scale > 0);
  img.style.width = scale > 0 ? `${scale * img.naturalWidth}px` : "";
  showUnit(figure);
}

/** The unit that is chosen, large, and what is known of it. */
function showUnit(figure) {
  const { run, layer, spot, field } = places(figure);
  const [img, cursor, canvas] = ["img", ".cursor", "canvas"].map((each) => figure.querySelector(each));
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
    left: share(x, img.naturalWidth), top: share(y, img.naturalHeight),
    width: share(wide, img.naturalWidth), height: share(high, img.naturalHeight),
  });
  cursor.classList.toggle("held", spot.pinned);
  canvas.hidden = false;
  [canvas.width, canvas.height] = [wide, high];
  canvas.style.aspectRatio = `${wide} / ${high}`;
  canvas.getContext("2d").drawImage(img, x, y, wide, high, 0, 0, wide, high);
  const lines = [`Unit ${spot.unit}, row ${row + 1}, column ${column + 1}`];
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
  const img = figure.querySelector("img");
  const box = img.getBoundingClientRect();
  const scale = img.naturalWidth / box.width;
  const [rows, columns] = layer.grid;
  const column = clamp(Math.floor(((event.clientX - box.left) * scale) / (field[1] + 1)), 0, columns - 1);
  const row = clamp(Math.floor(((event.clientY - box.top) * scale) / (field[0] + 1)), 0, rows - 1);
  return row * columns + column;
}

function choose(figure, unit, pinned) {
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
  for (const button of all(".kinds button", figure)) {
    const mark = () => all(".kinds button", figure).forEach((each) => each.setAttribute("aria-pressed", each.dataset.kind === places(figure).spot.kind));
    button.addEventListener("click", () => {
      places(figure).spot.kind = button.dataset.kind;
      mark();
      showSnapshots();
    });
    mark();
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
  all("figure.layer").forEach(listenTo);
  slider.addEventListener("input", showSnapshots);
  const button = document.querySelector(".play");
  button.addEventListener("click", () => play(button));
}
