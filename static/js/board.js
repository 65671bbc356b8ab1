// The table of the server's processes. What is written in it arrives as text.

function rowOf([name, ...cells]) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = name;
  row.append(head, ...cells.map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  }));
  return row;
}

export class Board {
  constructor(body) {
    this.body = body;
    this.elements = new Map(); // pid -> its row on the page
    this.changed = new Map(); // pid -> the texts that it shall have
    this.order = null; // the pids from top to bottom, where they are others than before
  }

  // An update as labs/presentation/inside_view.py makes it. Several may come before one
  // is drawn: a page that was away for a while gets them all at once.
  update({ rows = [], order } = {}) {
    for (const [pid, ...texts] of rows) this.changed.set(pid, texts);
    if (order) this.order = order;
  }

  draw() {
    for (const [pid, texts] of this.changed) {
      const row = rowOf(texts);
      this.elements.get(pid)?.replaceWith(row);
      this.elements.set(pid, row);
    }
    this.changed.clear();
    if (!this.order) return;
    this.elements = new Map(this.order.map((pid) => [pid, this.elements.get(pid)]));
    this.body.replaceChildren(...this.elements.values());
    this.order = null;
  }
}
