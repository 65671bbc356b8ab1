// Hides and shows equal rows at once; the address and the download follow. Where a screen
// is narrow, what stands below the traits is folded, and opened by a tap.

if (matchMedia("(max-width: 40rem)").matches) {
  for (const part of document.querySelectorAll("details.compare__part")) part.open = false;
}

const box = document.querySelector("[data-hide-equal]");
const note = document.querySelector("[data-hidden-note]");
const rows = [...document.querySelectorAll("[data-equal]")];

box.addEventListener("change", () => {
  for (const row of rows) row.hidden = box.checked;
  note.textContent = box.checked ? `Equal rows are hidden: ${rows.length}.` : "";
  const here = new URL(location);
  follow(here);
  history.replaceState(null, "", here);
  const link = document.querySelector("[data-csv]");
  const csv = new URL(link.href);
  follow(csv);
  link.href = csv;
});

function follow(address) {
  if (box.checked) address.searchParams.set("hide", "equal");
  else address.searchParams.delete("hide");
}
