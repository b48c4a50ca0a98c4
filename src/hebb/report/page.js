function drawAll() {
  all("figure.panel").forEach(drawPanel);
  all("figure.layer").forEach(fit);
}

let wide = 0;
// Drawn in the next frame: what is drawn changes the page's size again, which would be a fault here.
new ResizeObserver(() => requestAnimationFrame(() => {
  if (document.body.clientWidth !== wide) drawAll();
  wide = document.body.clientWidth;
})).observe(document.body);

// What the server sent of each part, not what the script makes of it.
const served = new Map(all("[data-live]").map((part) => [part.id, part.innerHTML]));

mountTapestries();
setSlider(0, true);
showSnapshots();
all("figure.panel").forEach(drawPanel);

// The live page fetches itself, and takes over the parts that have changed.

let tag = null;

function renew(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const slider = scrub();
  const before = steps()[slider?.valueAsNumber] ?? 0;
  const atEnd = !slider || slider.value === slider.max;
  const parts = all("[data-live]", page);
  if (parts.some((part) => !document.getElementById(part.id))) return location.reload(); // a part is new
  told = JSON.parse(page.getElementById("told").textContent);
  const fresh = new Set();
  for (const part of parts) {
    const old = document.getElementById(part.id);
    if (served.get(part.id) !== part.innerHTML) {
      old.innerHTML = part.innerHTML;
      fresh.add(part.id);
    }
    served.set(part.id, part.innerHTML);
  }
  if (fresh.has("tapestries")) mountTapestries();
  setSlider(before, atEnd);
  showSnapshots();
  all("figure.panel").forEach(drawPanel);
}

async function follow() {
  const banner = document.getElementById("banner");
  const began = performance.now();
  try {
    const answer = document.hidden ? null : await fetch(location.href, { cache: "no-cache" });
    if (answer?.ok && answer.headers.get("etag") !== tag) {
      tag = answer.headers.get("etag");
      renew(await answer.text());
    }
    if (answer) banner.textContent = answer.ok ? "" : "It is no longer there; this is what it last told.";
  } catch {
    banner.textContent = "hebb watch has ended; this is what it last told.";
  }
  banner.hidden = !banner.textContent;
  // Often enough for two seconds at most; a machine that is busy with training is asked less often.
  setTimeout(follow, Math.max(1000, 2 * (performance.now() - began)));
}

if (told.live) follow();
