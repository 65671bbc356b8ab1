// The honest client's strip: a mark for each probe, answered ones by their latency.

import { number } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const TOP = 14;
const BASE = 58;
const FLOOR_MS = 0.1;

function shape(name, attributes, className) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.setAttribute("class", className);
  return element;
}

// Latency on a logarithmic scale: 0.1 ms at the base line, `most` at the top.
function height(latencyMs, mostMs) {
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
  const endS = Math.max(10, model.tS);
  const x = (time) => (time / endS) * WIDTH;
  const parts = [];
  const attack = attackSpan(model.phases, model.tS);
  if (attack) {
    const [from, to] = attack;
    parts.push(shape("rect", { x: x(from), y: 0, width: Math.max(0, x(to) - x(from)), height: BASE }, "probe-strip__attack"));
  }
  parts.push(shape("line", { x1: 0, x2: WIDTH, y1: BASE, y2: BASE }, "probe-strip__axis"));
  const mostMs = Math.max(10, ...model.probes.map(([, , latency]) => latency ?? 0));
  for (const [due, outcome, latency] of model.probes) parts.push(mark(x(due), outcome, latency, mostMs));
  for (let step = 0; step <= 4; step += 1) {
    const label = shape("text", { x: (step / 4) * WIDTH, y: BASE + 14, "text-anchor": step === 4 ? "end" : step ? "middle" : "start" }, "probe-strip__label");
    label.textContent = `${((endS * step) / 4).toFixed(0)} s`;
    parts.push(label);
  }
  svg.replaceChildren(...parts);
}

function mark(x, outcome, latency, mostMs) {
  if (outcome === "ok") return shape("circle", { cx: x, cy: height(latency, mostMs), r: 3.2 }, "probe-strip__ok");
  if (outcome === "unfinished") return shape("circle", { cx: x, cy: TOP + 6, r: 3 }, "probe-strip__unfinished");
  return shape("path", { d: `M${x - 4} ${TOP - 2}l8 8m0 -8l-8 8` }, "probe-strip__failed");
}

export function describeProbes(probes) {
  const ended = probes.filter(([, outcome]) => outcome !== "unfinished");
  if (!ended.length) return "No probe has come to an end yet.";
  const ok = ended.filter(([, outcome]) => outcome === "ok");
  const slowest = Math.max(...ok.map(([, , latency]) => latency), 0);
  const [, last] = ended.at(-1);
  const now = last === "ok" ? "The last one was answered." : "The last one was not answered.";
  return `${number(ok.length)} of ${number(ended.length)} probes were answered, the slowest in ${number(slowest)} ms. ${now}`;
}
