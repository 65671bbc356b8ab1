// A choice applies at once: the list is fetched, the address follows, nothing jumps.
const WIDE = "(min-width: 64rem)";
export const list = () => document.querySelector("[data-list]");
let asked = 0;

function prepare() {
  list().querySelector("[data-facets-apply]").hidden = true;
  dispatchEvent(new Event("list-shown"));
}

// Returns the address of what is chosen, without what is not.
export function addressOf(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
  const text = query.toString();
  return text ? `${location.pathname}?${text}` : location.pathname;
}

async function show(address) {
  const mine = ++asked;
  let page;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    location.assign(address); // the browser says what is wrong
    return;
  }
  if (mine === asked) replace(page.querySelector("[data-list]"));
}

// The list and its count are replaced as a whole; focus stays at the same choice.
function replace(next) {
  const focused = document.activeElement;
  const { name, value } = focused;
  const inside = list().contains(focused);
  next.querySelector("[data-facets-fold]").open =
    list().querySelector("[data-facets-fold]").open;
  const status = list().querySelector("[role=status]");
  // A status that is replaced is not read out; one that changes is.
  status.textContent = next.querySelector("[role=status]").textContent;
  list().querySelector("[data-facets]").replaceWith(next.querySelector("[data-facets]"));
  list().querySelector("[data-chosen]").replaceWith(next.querySelector("[data-chosen]"));
  list().querySelector("[data-rows]").replaceWith(next.querySelector("[data-rows]"));
  list().querySelector("[data-picks]")?.replaceWith(next.querySelector("[data-picks]"));
  prepare();
  if (inside) focusOn(name, value);
}

function focusOn(name, value) {
  const fields = [...list().querySelectorAll("[data-facets] [name]")];
  const same = fields.find((field) => field.name === name
    && (field.type !== "checkbox" || field.value === value));
  (same ?? list().querySelector("[role=status]")).focus({ preventScroll: true });
}

function go(address) {
  history.pushState(null, "", address);
  show(address);
}

addEventListener("change", (event) => {
  const form = event.target.closest("[data-facets]");
  if (form) go(addressOf(form));
});
addEventListener("submit", (event) => {
  if (!event.target.matches("[data-facets]") || event.submitter?.matches("[data-compare]")) return;
  event.preventDefault();
  go(addressOf(event.target));
});
addEventListener("click", (event) => {
  const link = event.target.closest("[data-list] [data-chosen] a, [data-list] [data-clear]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.href);
});
addEventListener("popstate", () => show(location.href));

if (!matchMedia(WIDE).matches) list().querySelector("[data-facets-fold]").open = false;
prepare();
