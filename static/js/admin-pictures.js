// The picker: pictures to choose from, and a form for a new one with its words.

import { token } from "./admin-post.js";

const FORM = `
  <form method="dialog">
    <h2 tabindex="-1">Insert a picture</h2>
    <ul class="picker__list"></ul>
    <p class="picker__none" hidden>There are no pictures yet.</p>
    <h2>Upload another</h2>
    <label>Picture (PNG, JPEG or WebP, at most 2 MiB)<input type="file" name="file" accept="image/png,image/jpeg,image/webp"></label>
    <label>Alternative text: what it shows, for who cannot see it<input type="text" name="alt" maxlength="300"></label>
    <label>Credit: who made it, and its licence<input type="text" name="credit" maxlength="200"></label>
    <p class="picker__error" role="alert"></p>
    <p class="editor__tools"><button type="button" data-upload>Upload and insert</button><button value="close">Close</button></p>
  </form>`;

/** Open the picker; `chosen` is called with the Markdown of the chosen picture. */
export async function pick(address, chosen) {
  const dialog = document.createElement("dialog");
  dialog.className = "picker";
  dialog.setAttribute("aria-label", "Insert a picture");
  dialog.innerHTML = FORM;
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  const choose = (picture) => {
    dialog.close();
    chosen(picture.markdown);
  };
  dialog.querySelector("[data-upload]").addEventListener("click", () => upload(dialog, address, choose));
  dialog.showModal();
  await list(dialog, address, choose);
}

async function list(dialog, address, choose) {
  try {
    const answer = await fetch(address);
    const { pictures } = await answer.json();
    dialog.querySelector(".picker__none").hidden = pictures.length > 0;
    dialog.querySelector(".picker__list").append(...pictures.map((one) => item(one, choose)));
  } catch {
    say(dialog, "The pictures could not be listed");
  }
}

function item(picture, choose) {
  const image = new Image();
  Object.assign(image, { src: picture.url, alt: "", loading: "lazy" });
  const button = document.createElement("button");
  button.type = "button";
  button.append(image, picture.alt);
  button.addEventListener("click", () => choose(picture));
  const entry = document.createElement("li");
  entry.append(button);
  return entry;
}

async function upload(dialog, address, choose) {
  const body = new FormData(dialog.querySelector("form"));
  if (!body.get("file")?.size) return say(dialog, "Choose a file first");
  if (!body.get("alt").trim()) return say(dialog, "Alternative text is required: say what the picture shows");
  try {
    const headers = { "X-CSRFToken": token() };
    const answer = await fetch(address, { method: "POST", body, headers });
    const content = await answer.json();
    if (answer.ok) return choose(content);
    return say(dialog, Object.values(content.errors).flat().join(". "));
  } catch {
    return say(dialog, "The picture could not be uploaded");
  }
}

function say(dialog, sentence) {
  dialog.querySelector(".picker__error").textContent = sentence;
}
