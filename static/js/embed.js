// A button that copies the HTML of an embedded card.

const box = document.querySelector("[data-embed]");
const button = box.querySelector("[data-copy]");
const text = box.querySelector("textarea");

button.hidden = false;
button.addEventListener("click", async () => {
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
    box.querySelector("[data-copied]").textContent = "Copied.";
  } catch { // not allowed, or no clipboard: it is selected
    box.querySelector("[data-copied]").textContent = "Selected: copy it with the keyboard.";
  }
});
