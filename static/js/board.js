// The inside view: a row for each process of the server, and the event log.

import { rows } from "./inside.js";

const cellOf = (text, name = "td") => {
  const cell = document.createElement(name);
  cell.textContent = text;
  return cell;
};

export function drawBoard(body, board) {
  body.replaceChildren(...rows(board).map(({ name, cells }) => {
    const row = document.createElement("tr");
    const head = cellOf(name, "th");
    head.scope = "row";
    row.append(head, ...cells.map((text) => cellOf(text)));
    return row;
  }));
}

export class Log {
  constructor(list) {
    this.list = list;
    this.drawn = list.childElementCount;
  }

  draw(lines) {
    // The model drops the oldest lines of a long log; then all is drawn anew.
    if (lines.length < this.drawn) this.#clear();
    const atEnd = this.list.scrollTop + this.list.clientHeight >= this.list.scrollHeight - 40;
    this.list.append(...lines.slice(this.drawn).map(lineOf));
    this.drawn = lines.length;
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  #clear() {
    this.list.replaceChildren();
    this.drawn = 0;
  }
}

function lineOf({ t_s: time, source, level, text }) {
  const item = document.createElement("li");
  item.className = `log__line log__line--${level}`;
  item.dataset.source = source;
  for (const [name, value] of [["time", `${time.toFixed(2)} s`], ["source", source], ["text", text]]) {
    const part = document.createElement("span");
    part.className = `log__${name}`;
    part.textContent = value;
    item.append(part);
  }
  return item;
}
