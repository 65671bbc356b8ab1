// Pages that are ticked in a list to be compared: counted, no more than fit side by side,
// and in the address, so that they outlast a choice of facets and a reload.
import { addressOf, list } from "./facets.js";

const boxes = () => [...list().querySelectorAll("[data-pick]")];

function show() {
  const bar = list().querySelector("[data-picks]");
  const ticked = boxes().filter((box) => box.checked);
  const most = Number(bar.dataset.most);
  for (const box of boxes()) box.disabled = !box.checked && ticked.length >= most;
  bar.querySelector("[data-picks-count]").textContent = words(ticked.length, most);
}

function words(count, most) {
  if (!count) return "Tick two to four to see them side by side.";
  if (count === 1) return "1 ticked. Tick one more to compare.";
  return `${count} ticked${count < most ? "" : "; no more fit side by side"}.`;
}

addEventListener("change", (event) => {
  if (!event.target.matches("[data-pick]")) return;
  history.replaceState(null, "", addressOf(list().querySelector("[data-facets]")));
  show();
});
addEventListener("list-shown", show);
show();
