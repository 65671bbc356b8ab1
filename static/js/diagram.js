// Plays the diagrams of the models. `mount(figure)` makes one playable, `together(players)`
// drives several at once. Both have next, previous, reset, slow(on), state and a "change" event;
// what they show is the data-on of the groups in the SVG, so that styles decide how it looks.

import { attachControls, drawNow } from "./diagram-controls.js";
import { move, places } from "./diagram-motion.js";

// A figure: its picture, the captions of both courses, and which step is shown.
export class Player extends EventTarget {
  #step = 0; // 0: the static picture, before anything has been played
  #course = "step";

  constructor(figure) {
    super();
    this.figure = figure;
    this.picture = figure.querySelector("[data-part=stage] svg");
    this.title = this.picture.querySelector("title").textContent;
    this.captions = { step: captionsOf(figure, "step"), slow: captionsOf(figure, "slow") };
    this.groups = [...this.picture.querySelectorAll("[data-step], [data-slow]")].map(groupOf);
  }

  get state() {
    const captions = this.captions[this.#course];
    return {
      step: this.#step,
      steps: captions.length,
      slow: this.#course === "slow",
      caption: this.#step ? captions[this.#step - 1].textContent : "",
    };
  }

  next() { this.go(this.#step + 1); }

  previous() { this.go(this.#step - 1); }

  reset() { this.#show("step", 1); }

  slow(on) { this.#show(on ? "slow" : "step", 1); }

  // Goes to a step of the present course; one beyond its ends is its first or last.
  go(step) { this.#show(this.#course, step); }

  #show(course, wanted) {
    const step = Math.min(Math.max(wanted, 1), this.captions[course].length);
    const before = places(this.picture);
    for (const { element, on } of this.groups) element.toggleAttribute("data-on", on[course].has(step));
    move(this.picture, before);
    this.captions[this.#course][this.#step - 1]?.removeAttribute("aria-current");
    this.captions[course][step - 1].setAttribute("aria-current", "step");
    [this.#course, this.#step] = [course, step];
    this.dispatchEvent(new Event("change"));
  }
}

// Several players as one: a step is the same step in each, or the last of a shorter one.
export class Group extends EventTarget {
  constructor(players) {
    super();
    this.players = players;
  }

  get state() {
    const states = this.players.map((player) => player.state);
    const caption = this.players
      .map((player, number) => `${player.title}: ${states[number].caption}`).join(" ");
    return {
      step: Math.max(...states.map((state) => state.step)),
      steps: Math.max(...states.map((state) => state.steps)),
      slow: states.every((state) => state.slow),
      caption: states.some((state) => state.step) ? caption : "",
    };
  }

  next() { this.go(this.state.step + 1); }

  previous() { this.go(this.state.step - 1); }

  reset() { this.#all((player) => player.reset()); }

  slow(on) { this.#all((player) => player.slow(on)); }

  go(step) {
    const wanted = Math.min(step, this.state.steps);
    this.#all((player) => player.go(wanted));
  }

  #all(act) {
    this.players.forEach(act);
    this.dispatchEvent(new Event("change"));
  }
}

// Makes a figure playable with controls of its own; returns its player.
export function mount(figure) {
  const player = new Player(figure);
  attachControls(player, figure, {
    holder: figure.querySelector("[data-part=controls]"),
    now: figure.querySelector("[data-part=now]"),
    stage: figure.querySelector("[data-part=stage]"),
  });
  return player;
}

// Makes the figures in a container playable with one set of controls; returns the group.
export function together(container) {
  const figures = [...container.querySelectorAll("[data-diagram]")];
  const group = new Group(figures.map(shownWithCaption));
  const [holder, now] = ["div", "p"].map((name) => document.createElement(name));
  holder.className = "diagram__controls";
  now.className = "visually-hidden";
  container.prepend(holder, now);
  attachControls(group, container, { holder, now, stage: holder });
  return group;
}

// Each figure of a group shows its own caption; what is read out is the group's.
function shownWithCaption(figure) {
  const player = new Player(figure);
  const now = figure.querySelector("[data-part=now]");
  const draw = () => drawNow(now, player.state);
  player.addEventListener("change", draw);
  now.hidden = false;
  draw();
  return player;
}

function captionsOf(figure, course) {
  return [...figure.querySelectorAll(`[data-course=${course}] li`)];
}

function groupOf(element) {
  const { step, slow } = element.dataset;
  return { element, on: { step: numbers(step), slow: numbers(slow) } };
}

// "1-3 5" -> {1, 2, 3, 5}
function numbers(spans = "") {
  return new Set(spans.split(" ").filter(Boolean).flatMap((span) => {
    const [first, last = first] = span.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }));
}

const containers = [...document.querySelectorAll("[data-diagrams]")];
containers.forEach(together);
for (const figure of document.querySelectorAll("[data-diagram]")) {
  if (!figure.closest("[data-diagrams]")) mount(figure);
}
