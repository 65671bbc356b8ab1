// The buttons and keys that drive a player or a group, and the line that says where it is.

const BASE_MS = 1600; // how long a step stays while playing, and for each letter of its caption
const LETTER_MS = 45;

// `area` takes the keys; `holder` gets the buttons, `now` the caption, `stage` the focus.
export function attachControls(player, area, { holder, now, stage }) {
  const clock = new Clock(player);
  const buttons = {
    previous: button("Previous", () => { clock.stop(); player.previous(); }),
    next: button("Next", () => { clock.stop(); player.next(); }),
    play: button("Play", () => clock.toggle()),
    slow: button("Add a slow client", () => player.slow(!player.state.slow)),
    reset: button("Start again", () => { clock.stop(); player.reset(); }),
  };
  buttons.play.classList.add("button--primary");
  holder.append(...Object.values(buttons));
  now.setAttribute("aria-live", "polite");
  holder.hidden = now.hidden = false;
  label(stage, stage === holder);
  area.addEventListener("keydown", (event) => onKey(event, player, clock, stage));
  const draw = () => { drawButtons(buttons, player.state, clock.runs); drawNow(now, player.state); };
  player.addEventListener("change", draw);
  clock.addEventListener("change", draw);
  draw();
}

// Goes on by itself, at the pace of reading, to the end of the course.
class Clock extends EventTarget {
  #timer = 0;

  constructor(player) {
    super();
    this.player = player;
    player.addEventListener("change", () => { if (this.runs) this.#wait(); });
  }

  get runs() { return this.#timer !== 0; }

  toggle() {
    if (this.runs) this.stop();
    else this.#start();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.dispatchEvent(new Event("change"));
  }

  #start() {
    const { step, steps } = this.player.state;
    this.#wait();
    this.player.go(step === steps ? 1 : step + 1);
  }

  #wait() {
    clearTimeout(this.#timer);
    const { step, steps, caption } = this.player.state;
    const on = () => (step === steps ? this.stop() : this.player.next());
    this.#timer = setTimeout(on, BASE_MS + LETTER_MS * caption.length);
  }
}

function button(text, act) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button";
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}

function label(stage, isHolder) {
  stage.setAttribute("role", "group");
  stage.setAttribute("aria-label", isHolder ? "Play the diagrams" : "Diagram: the arrow keys play it");
  if (!isHolder) stage.tabIndex = 0;
}

function onKey(event, player, clock, stage) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const acts = {
    ArrowRight: () => { clock.stop(); player.next(); },
    ArrowLeft: () => { clock.stop(); player.previous(); },
    Home: () => { clock.stop(); player.reset(); },
  };
  if (event.target === stage) acts[" "] = () => clock.toggle();
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

// A button that has nothing to do stays where the focus may be, and says so.
function drawButtons(buttons, { step, steps, slow }, runs) {
  buttons.previous.setAttribute("aria-disabled", step <= 1);
  buttons.next.setAttribute("aria-disabled", step === steps);
  buttons.play.textContent = runs ? "Pause" : "Play";
  buttons.slow.setAttribute("aria-pressed", slow);
}

// Says which step is shown, and its caption.
export function drawNow(now, { step, steps, slow, caption }) {
  const count = document.createElement("span");
  count.className = "diagram__now-count";
  count.textContent = step
    ? `Step ${step} of ${steps}${slow ? ", with a slow client" : ""}`
    : `One moment of it. There are ${steps} steps to play.`;
  now.replaceChildren(count, step ? ` ${caption}` : "");
}
