// Beside each Markdown field: a live preview as readers see it, and a picker of pictures.
// Without this script the field is a text area, and the form's Preview button works.

import { token } from "./admin-post.js";
import { pick } from "./admin-pictures.js";

const WAIT_MS = 300;

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Returns an element with the readers' style sheets, shut off from the admin's. */
function paper(holder, sheets) {
  const root = holder.attachShadow({ mode: "open" });
  for (const href of sheets) root.append(element("link", { rel: "stylesheet", href }));
  const text = element("div", { class: "prose" });
  root.append(text);
  return text;
}

class Editor {
  constructor(area) {
    this.area = area;
    this.timer = 0;
    this.asked = 0;
    this.note = element("p", { class: "editor__note", role: "status" });
    this.toggle = element("button", { type: "button", "aria-pressed": "true" }, "Live preview");
    this.preview = element("div", {
      class: "editor__preview", role: "region", "aria-label": "Preview", tabindex: "0",
    });
    this.text = paper(this.preview, area.dataset.styles.split(" "));
    const insert = element("button", { type: "button" }, "Insert a picture");
    const tools = element("div", { class: "editor__tools" }, this.toggle, insert);
    this.box = element("div", { class: "editor editor--split" });
    area.before(this.box);
    this.box.append(tools, area, this.preview, this.note);
    this.toggle.addEventListener("click", () => this.show(this.preview.hidden));
    insert.addEventListener("click", () => pick(area.dataset.pictures, (it) => this.insert(it)));
    area.addEventListener("input", () => this.later());
    this.ask();
  }

  show(on) {
    this.preview.hidden = !on;
    this.toggle.setAttribute("aria-pressed", String(on));
    this.box.classList.toggle("editor--split", on);
    if (on) this.ask();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  insert(markdown) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    this.area.setRangeText(markdown, start, end, "end");
    this.area.focus();
    this.later();
  }

  async ask() {
    if (this.preview.hidden) return;
    this.asked += 1;
    const number = this.asked;
    const body = new URLSearchParams({ text: this.area.value });
    const answer = await fetchText(this.area.dataset.markdown, body);
    // An older answer may come after a newer one.
    if (number !== this.asked) return;
    this.say(answer.wrong);
    if (answer.wrong) return;
    this.text.innerHTML = answer.html; // sanitised by the site, as on its pages
    this.preview.dataset.shown = number;
  }

  say(sentence) {
    this.note.textContent = sentence;
    this.note.classList.toggle("editor__note--wrong", Boolean(sentence));
  }
}

async function fetchText(address, body) {
  try {
    const headers = { "X-CSRFToken": token() };
    const answer = await fetch(address, { method: "POST", body, headers });
    if (answer.redirected) return { wrong: "No preview: you are not logged in any more" };
    const text = await answer.text();
    if (answer.ok) return { wrong: "", html: text };
    const plain = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
    return { wrong: plain ? text : `No preview: the site answered ${answer.status}` };
  } catch {
    return { wrong: "No preview: the site does not answer. What you typed is still here" };
  }
}

for (const area of document.querySelectorAll("textarea[data-markdown]")) new Editor(area);
document.querySelector("[data-conflict]")?.focus();
