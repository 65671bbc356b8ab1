// The honest client's strip: a mark for each probe, answered ones by their latency.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 96;
const TOP = 16;
const BASE = 76;
const FLOOR_MS = 0.1;
const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120];

function shape(name, attributes, className) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.setAttribute("class", className);
  return element;
}

// Latency on a logarithmic scale: 0.1 ms at the base line, `most` at the top.
function level(latencyMs, mostMs) {
  const share = Math.log(Math.max(latencyMs, FLOOR_MS) / FLOOR_MS)
    / Math.log(Math.max(mostMs, 10) / FLOOR_MS);
  return BASE - 4 - share * (BASE - TOP - 8);
}

function attackSpan(phases, endS) {
  const first = phases.find(({ phase }) => phase === "attack");
  if (!first) return null;
  const after = phases.find((phase) => phase.t_s > first.t_s && phase.phase !== "attack");
  return [first.t_s, after ? after.t_s : endS];
}

export function drawProbes(svg, model) {
  // As wide as it is shown, so that marks keep their shape on a narrow screen.
  const width = svg.clientWidth || 1000;
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const endS = Math.max(10, model.tS);
  const x = (time) => (time / endS) * width;
  const parts = [];
  const attack = attackSpan(model.phases, model.tS);
  if (attack) {
    const [from, to] = attack;
    const area = { x: x(from), y: 0, width: Math.max(0, x(to) - x(from)), height: BASE };
    parts.push(shape("rect", area, "probe-strip__attack"));
  }
  parts.push(shape("line", { x1: 0, x2: width, y1: BASE, y2: BASE }, "probe-strip__axis"));
  const mostMs = Math.max(10, ...model.probes.map(([, , latency]) => latency ?? 0));
  const size = Math.min(1, Math.max(0.4, width / (4.2 * Math.max(1, model.probes.length)) / 2));
  for (const [due, outcome, latency] of model.probes) {
    parts.push(mark(x(due), outcome, latency, mostMs, size));
  }
  const stepS = STEPS_S.find((step) => endS / step <= width / 90) ?? STEPS_S.at(-1);
  for (let time = 0; x(time) <= width - 12; time += stepS) {
    const place = { x: x(time), y: BASE + 15, "text-anchor": time ? "middle" : "start" };
    const label = shape("text", place, "probe-strip__label");
    label.textContent = `${time} s`;
    parts.push(label);
  }
  svg.replaceChildren(...parts);
}

// `size` is 1 where there is room, less where marks would cover each other.
function mark(x, outcome, latency, mostMs, size) {
  if (outcome === "ok") {
    const dot = { cx: x, cy: level(latency, mostMs), r: 3.2 * size };
    return shape("circle", dot, "probe-strip__ok");
  }
  if (outcome === "unfinished") {
    return shape("circle", { cx: x, cy: TOP, r: 3 * size }, "probe-strip__unfinished");
  }
  const [arm, width] = [4 * size, 8 * size];
  const cross = `M${x - arm} ${TOP - arm}l${width} ${width}m0 ${-width}l${-width} ${width}`;
  return shape("path", { d: cross }, "probe-strip__failed");
}
