// The list of the run's events: lines of the server and of the lab.

const MAX_LINES = 2000; // a page with more of them scrolls badly
const NEAR_END_PX = 40;

function lineOf({ source, level, text, words }) {
  const item = document.createElement("li");
  item.className = `log__line log__line--${level}`;
  item.dataset.source = source;
  for (const [name, value] of [["time", words.log_time], ["source", source], ["text", text]]) {
    const part = document.createElement("span");
    part.className = `log__${name}`;
    part.textContent = value;
    item.append(part);
  }
  return item;
}

export class EventLog {
  // list: an element that holds the lines until now
  constructor(list) {
    this.list = list;
    this.fresh = [];
  }

  add(frame) {
    this.fresh.push(frame);
  }

  draw() {
    if (!this.fresh.length) return;
    const { list } = this;
    // Who has scrolled up reads something, and is left there.
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - NEAR_END_PX;
    list.append(...this.fresh.map(lineOf));
    this.fresh = [];
    while (list.childElementCount > MAX_LINES) list.firstElementChild.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
  }
}
