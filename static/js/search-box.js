// "/" goes to the search box, unless somebody is typing.
const box = document.querySelector("[data-search-box]");
const typing = (element) => element.isContentEditable
  || /^(input|select|textarea)$/i.test(element.tagName);

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!box || typing(event.target)) return;
  event.preventDefault();
  box.focus();
  box.select();
});
