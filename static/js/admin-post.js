// What a POST of the admin needs.

/** The token that the site wants back; every form of the admin carries it. */
export function token() {
  return document.querySelector("input[name=csrfmiddlewaretoken]").value;
}
