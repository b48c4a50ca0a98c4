// Curves: a panel a metric, a line a layer, over the inputs seen.

const [LETTER, LANE] = [7, 15]; // of a phase's name: the width of a letter, the height of a line
const SVG = "http://www.w3.org/2000/svg";

function draw(tag, parent, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return parent.appendChild(made);
}

/** Round numbers from low to high, about `n` of them. */
function ticks(low, high, n) {
  const rough = (high - low) / n || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/** The lane of each name that has room from `start` to `end`, 0 the lowest: above all later ones that
 *  it would cross, or whose line, at `line`, it would. */
function lanesOf(names) {
  const lanes = [];
  for (let i = names.length - 1; i >= 0; i--) {
    const crossed = names.map((each, j) => (j > i && Math.min(each.start, each.line) < names[i].end + 8 ? lanes[j] : -1));
    lanes[i] = 1 + Math.max(-1, ...crossed);
  }
  return lanes;
}

/** The scale of a metric over all runs of the page, so that they can be compared. */
function scaleOf(metric) {
  const panels = told.runs.flatMap((run) => run.curves).filter((each) => each.metric === metric);
  const values = panels.flatMap((each) => Object.values(each.lines)).flat(2).map((point) => point[1]);
  const above = values.filter((value) => value > 0);
  if (panels.some((each) => each.log) && above.length) {
    const low = Math.floor(Math.log10(Math.min(...above)));
    const high = Math.max(Math.ceil(Math.log10(Math.max(...above))), low + 1);
    const every = Math.ceil((high - low) / 4);
    const marks = Array.from({ length: high - low + 1 }, (_, i) => low + i).filter((each) => (each - low) % every === 0);
    return { marks: marks.map((each) => 10 ** each), share: (y) => (Math.log10(y) - low) / (high - low), holds: (y) => y > 0 };
  }
  const low = Math.min(0, ...values) * 1.08;
  const high = Math.max(0, ...values) * 1.08 || 1;
  return { marks: ticks(low, high, 4), share: (y) => (y - low) / (high - low), holds: () => true };
}

/** A line in pieces, without the points that its scale has no place for. */
function piecesOf(part, scale) {
  const pieces = [[]];
  for (const point of part) scale.holds(point[1]) ? pieces.at(-1).push(point) : pieces.push([]);
  return pieces.filter((piece) => piece.length);
}

const short = (n) => (Math.abs(n) >= 1e-3 || n === 0 ? words.format(n) : n.toExponential(0));

function drawPanel(figure) {
  const run = told.runs[figure.dataset.run];
  const panel = run.curves.find((each) => each.metric === figure.dataset.panel);
  const plot = figure.querySelector(".plot");
  if (!panel || !plot.clientWidth) return;
  const colour = (layer) => (layer ? `var(--line-${run.curveLayers.indexOf(layer) % 7})` : "var(--ink)");
  const scale = scaleOf(panel.metric);
  const last = (each) => each.snapshots.at(-1)?.inputs ?? 0;
  const points = told.runs.flatMap((each) => each.curves).flatMap((each) => Object.values(each.lines)).flat(2);
  const seen = Math.max(1, ...told.runs.map(last), ...points.map((point) => point[0]));
  const wide = plot.clientWidth;
  const [left, right] = [Math.max(...scale.marks.map((each) => short(each).length)) * 7 + 10, wide - 6];
  const x = (inputs) => left + (inputs / seen) * (right - left);
  const placed = ({ borders }) => borders.map(([phase, start]) => {
    const name = phase.length * LETTER > wide ? `${phase.slice(0, wide / LETTER - 1)}…` : phase;
    const line = x(start);
    const first = Math.min(line + (start ? 5 : 0), wide - name.length * LETTER);
    return { name, line, start: first, end: first + name.length * LETTER };
  });
  const named = placed(run);
  const lanes = named.length < 2 ? [] : lanesOf(named);
  // As high in all runs of the page, so that their rows compare.
  const most = Math.max(0, ...told.runs.flatMap((each) => lanesOf(placed(each))));
  plot.closest("section").style.setProperty("--lanes", `${LANE * most}px`);
  const top = 18 + LANE * most;
  const [bottom, high] = [top + 128, top + 152];
  const y = (value) => bottom - scale.share(value) * (bottom - top);
  // The first epoch's speed holds the time that compiling took.
  const hollow = panel.metric === "inputs_per_second" && Object.values(panel.lines)[0][0][0];

  const svg = document.createElementNS(SVG, "svg");
  const lines = Object.entries(panel.lines);
  const places = [...new Set(lines.flatMap(([, parts]) => parts.flat().map((point) => point[0])))].sort((a, b) => a - b);
  const ends = lines.map(([layer, parts]) => `${layer} ends at ${short(parts.at(-1).at(-1)[1])}`.trim());
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${wide} ${high}`, height: high, tabindex: 0, role: "img", "aria-label": `${panel.label}: ${ends.join(", ")}. Left and right read it off` })) svg.setAttribute(key, value);
  for (const mark of scale.marks) {
    draw("line", svg, { class: "grid", x1: left, x2: right, y1: y(mark), y2: y(mark) });
    draw("text", svg, { x: left - 7, y: y(mark) + 4, "text-anchor": "end" }, short(mark));
  }
  const across = ticks(0, seen, clamp(Math.floor(wide / 75), 2, 8));
  for (const mark of across) {
    const place = x(mark);
    const anchor = place > right - 20 ? "end" : mark === 0 ? "start" : "middle";
    draw("text", svg, { x: place, y: high - 6, "text-anchor": anchor }, seen >= 1e4 && mark ? `${words.format(mark / 1000)}k` : count.format(mark));
  }
  // Each border reaches up to its name. Names come last: where one is crossed, it can be read.
  const lane = (i) => top - 7 - LANE * lanes[i];
  named.forEach((each, i) => {
    if (i) draw("line", svg, { class: "border", x1: each.line, x2: each.line, y1: lane(i) - 9, y2: bottom });
  });
  lanes.forEach((_, i) => draw("text", svg, { class: "phase", x: named[i].start, y: lane(i) }, named[i].name));
  for (const [layer, parts] of lines) {
    for (const part of parts.flatMap((each) => piecesOf(each, scale))) {
      draw("polyline", svg, { class: "line", stroke: colour(layer), points: part.map(([a, b]) => `${x(a)},${y(b)}`).join(" ") });
      if (places.length < 13 || part.length === 1) for (const point of part) {
        const how = point === hollow ? { r: 2.6, class: "hollow" } : { r: 2.2, fill: colour(layer) };
        draw("circle", svg, { cx: x(point[0]), cy: y(point[1]), ...how });
      }
    }
  }
  const at = draw("line", svg, { class: "at", y1: top, y2: bottom, visibility: "hidden" });
  const said = figure.querySelector("output");
  let place = null;
  const read = (i) => {
    place = i;
    at.setAttribute("visibility", i === null ? "hidden" : "visible");
    if (i === null) return (said.textContent = "");
    for (const key of ["x1", "x2"]) at.setAttribute(key, x(places[i]));
    const values = lines.map(([layer, parts]) => [layer, parts.flat().find((point) => point[0] === places[i])]);
    const each = values.filter(([, point]) => point).map(([layer, point]) => `${layer} ${short(point[1])}`.trim());
    said.textContent = `after ${count.format(places[i])}: ${each.join(" · ")}`;
  };
  svg.addEventListener("pointermove", (event) => {
    const inputs = ((event.clientX - svg.getBoundingClientRect().left - left) / (right - left)) * seen;
    read(places.reduce((best, each, i) => (Math.abs(each - inputs) < Math.abs(places[best] - inputs) ? i : best), 0));
  });
  svg.addEventListener("pointerleave", () => read(null));
  svg.addEventListener("blur", () => read(null));
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    read(place === null ? (move > 0 ? 0 : places.length - 1) : clamp(place + move, 0, places.length - 1));
    event.preventDefault();
  });
  const focused = plot.contains(document.activeElement);
  plot.replaceChildren(svg);
  if (focused) svg.focus();
}
