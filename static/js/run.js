// The run page: brings model, stream and drawings together.

import { Log, drawBoard } from "./board.js";
import { Chart } from "./charts.js";
import { summary } from "./inside.js";
import { apply, fromSnapshot, isOver } from "./model.js";
import { seconds } from "./numbers.js";
import { describeProbes, drawProbes } from "./probes.js";
import { Stream } from "./stream.js";

const SPEAK_EVERY_MS = 4000;
const QUEUE_EVERY_MS = 3000;
const CONNECTION = {
  connecting: "Connecting",
  live: "Live",
  waiting: "Connection lost, trying again",
  polling: "No live connection; asking once a second",
  refused: "This run cannot be watched",
  over: "The run is over",
};

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const root = document.querySelector("[data-run]");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const model = fromSnapshot(read("run-snapshot"));
const charts = read("run-charts").map((declaration) => {
  const figure = root.querySelector(`[data-chart="${declaration.slug}"]`);
  const chart = new Chart(figure, declaration, () => model.phases);
  chart.watchTable();
  return chart;
});
const log = new Log(part("log"));
let drawAsked = false;
let spokenAt = 0;

function draw() {
  drawAsked = false;
  part("status").textContent = label(model.status);
  part("status").className = `status status--${model.status}`;
  part("time").textContent = model.tS ? seconds(model.tS) : "";
  part("sentence").textContent = sentence();
  drawTimeline();
  drawProbeStrip();
  for (const chart of charts) chart.draw(model.series);
  drawBoard(part("board"), model.board);
  part("inside").textContent = summary(model.series);
  log.draw(model.log);
  root.dataset.seq = model.seq;
  root.dataset.ticks = model.series.t_s.length;
  root.dataset.status = model.status;
  speak();
}

const label = (word) => word.charAt(0).toUpperCase() + word.slice(1);

function sentence() {
  if (isOver(model)) return ""; // the outcome below says it
  if (model.queue) {
    const wait = model.queue.expected_wait_s;
    return `Number ${model.queue.position} in the queue; about ${wait} s to wait.`;
  }
  return model.sentence;
}

function drawTimeline() {
  const list = part("timeline");
  const now = model.phases.length - 1;
  list.replaceChildren(...model.phases.map((phase, i) => {
    const item = document.createElement("li");
    const isNow = i === now && !isOver(model);
    item.className = `timeline__phase${isNow ? " timeline__phase--now" : ""}`;
    item.textContent = `${seconds(phase.t_s)} ${phase.sentence || phase.phase}`;
    return item;
  }));
}

function drawProbeStrip() {
  const strip = part("probes");
  if (!strip) return;
  drawProbes(strip, model);
  part("probe-summary").textContent = describeProbes(model.probes);
}

// For those who hear the page: seldom enough to be listened to.
function speak() {
  const now = Date.now();
  if (!isOver(model) && now - spokenAt < SPEAK_EVERY_MS) return;
  spokenAt = now;
  const probes = part("probes") ? ` ${describeProbes(model.probes)}` : "";
  const verdict = model.verdictSentence ? ` ${model.verdictSentence}` : "";
  const text = `${label(model.status)}. ${model.message || sentence()}${probes}${verdict}`;
  if (part("spoken").textContent !== text) part("spoken").textContent = text;
}

function drawSoon() {
  if (drawAsked) return;
  drawAsked = true;
  // Not an animation frame: a hidden tab gets none, and must not fall behind.
  setTimeout(draw, 0);
}

async function showOutcome() {
  part("stop")?.remove();
  const response = await fetch(root.dataset.outcomeUrl);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  part("outcome").replaceChildren(...page.body.childNodes);
}

function take(frame) {
  apply(model, frame);
  drawSoon();
  if (frame.type === "finished") showOutcome();
}

// A waiting run has no events; its place in the queue is asked for.
async function askForPlace() {
  if (!model.queue || isOver(model)) return;
  try {
    const response = await fetch(`${root.dataset.eventsUrl}?after=${model.seq}`);
    const { queue, seq } = await response.json();
    if (model.queue && seq === model.seq && queue) {
      model.queue = queue;
      drawSoon();
    }
  } catch { /* the connection's own state says that it is lost */ }
  setTimeout(askForPlace, QUEUE_EVERY_MS);
}

part("log-filter")?.addEventListener("change", ({ target }) => {
  part("log").dataset.only = target.value;
});
addEventListener("resize", drawProbeStrip);
addEventListener("themechange", () => charts.forEach((chart) => chart.restyle()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  charts.forEach((chart) => chart.restyle());
});
draw();

setTimeout(askForPlace, QUEUE_EVERY_MS);

if (!isOver(model)) {
  const url = new URL(root.dataset.socketPath, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  new Stream({
    socketUrl: url.href,
    eventsUrl: root.dataset.eventsUrl,
    handlers: {
      seq: () => model.seq,
      event: take,
      over: () => isOver(model),
      state: (word) => {
        const element = part("connection");
        element.dataset.state = word;
        element.textContent = CONNECTION[word];
      },
    },
  }).start();
} else {
  part("connection").dataset.state = "over";
  part("connection").textContent = CONNECTION.over;
}
