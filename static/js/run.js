// The run page: brings model, stream and drawings together.

import { Board } from "./board.js";
import { Chart } from "./charts.js";
import { EventLog } from "./event-log.js";
import { fold, fromSnapshot } from "./model.js";
import { drawProbes } from "./probes.js";
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
const snapshot = read("run-snapshot");
const model = fromSnapshot(snapshot);
const charts = new Map(read("run-charts").map((declaration) => {
  const figure = root.querySelector(`[data-chart="${declaration.slug}"]`);
  return [declaration.slug, new Chart(figure, declaration, () => model.phases)];
}));
const board = new Board(part("board"));
board.update(snapshot.words.board);
const log = new EventLog(part("log"));
let drawAsked = false;
let spokenAt = 0;

function draw() {
  drawAsked = false;
  for (const [name, text] of Object.entries(model.texts)) write(name, text);
  part("status").className = `status status--${model.status}`;
  drawTimeline();
  drawProbeStrip();
  for (const chart of charts.values()) chart.draw(model.series);
  board.draw();
  log.draw();
  root.dataset.seq = model.seq;
  root.dataset.ticks = model.series.t_s.length;
  root.dataset.status = model.status;
  speak();
}

function write(name, text) {
  const place = part(name);
  if (place && place.textContent !== text) place.textContent = text;
}

function drawTimeline() {
  const list = part("timeline");
  for (const item of list.children) {
    const isNow = item === list.lastElementChild && !model.isOver;
    item.classList.toggle("timeline__phase--now", isNow);
  }
}

function addToTimeline(text) {
  const item = document.createElement("li");
  item.className = "timeline__phase";
  item.textContent = text;
  part("timeline").append(item);
}

function drawProbeStrip() {
  const strip = part("probes");
  if (strip) drawProbes(strip, model);
}

// For those who hear the page: seldom enough to be listened to.
function speak() {
  const now = Date.now();
  if (!model.isOver && now - spokenAt < SPEAK_EVERY_MS) return;
  spokenAt = now;
  const { status, sentence, "probe-summary": probes } = model.texts;
  const sentences = [model.message || sentence, probes, model.verdictSentence];
  write("spoken", [`${status}.`, ...sentences.filter(Boolean)].join(" "));
}

function drawSoon() {
  if (drawAsked) return;
  drawAsked = true;
  // Not an animation frame: a hidden tab gets none, and must not fall behind.
  setTimeout(draw, 0);
}

function restyle() {
  for (const chart of charts.values()) chart.restyle();
}

async function showOutcome() {
  part("stop")?.remove();
  const response = await fetch(root.dataset.outcomeUrl);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  part("outcome").replaceChildren(...page.body.childNodes);
}

function receive(frame) {
  fold(model, frame);
  const { timeline = [], cells = {}, board: update } = frame.words;
  timeline.forEach(addToTimeline);
  for (const [slug, row] of Object.entries(cells)) charts.get(slug)?.addRow(row);
  board.update(update);
  if (frame.type === "log") log.add(frame);
  drawSoon();
  if (frame.type === "finished") showOutcome();
}

// A waiting run has no events; its place in the queue is asked for.
async function askForPlace() {
  if (!model.queue || model.isOver) return;
  try {
    const response = await fetch(`${root.dataset.eventsUrl}?after=${model.seq}`);
    const { queue, seq } = await response.json();
    if (model.queue && seq === model.seq && queue) {
      model.queue = queue;
      model.texts.sentence = queue.sentence;
      drawSoon();
    }
  } catch { /* the connection's own state says that it is lost */ }
  setTimeout(askForPlace, QUEUE_EVERY_MS);
}

part("log-filter")?.addEventListener("change", ({ target }) => {
  part("log").dataset.only = target.value;
});
addEventListener("resize", drawProbeStrip);
addEventListener("themechange", restyle);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
draw();

setTimeout(askForPlace, QUEUE_EVERY_MS);

if (!model.isOver) {
  const url = new URL(root.dataset.socketPath, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  new Stream({
    socketUrl: url.href,
    eventsUrl: root.dataset.eventsUrl,
    handlers: {
      seq: () => model.seq,
      event: receive,
      over: () => model.isOver,
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
