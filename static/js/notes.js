/* Notes beside citations and terms are shown by the style sheet; Escape puts one away. */

const AWAY = "note--away";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const note of document.querySelectorAll(".note:hover, .note:focus-within")) {
    note.classList.add(AWAY);
  }
});

/* It comes back with the next visit of pointer or keyboard. */
for (const left of ["mouseleave", "focusout"]) {
  for (const note of document.querySelectorAll(".note")) {
    note.addEventListener(left, () => note.classList.remove(AWAY));
  }
}
