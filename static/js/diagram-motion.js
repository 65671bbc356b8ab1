// What is shown in another place than before travels there, unless the reader wants less motion.

const LENGTH_MS = 700;
const still = matchMedia("(prefers-reduced-motion: reduce)");

// Where each named thing of a picture is now: name -> {x, y}, in units of the picture.
export function places(picture) {
  return new Map(shownTokens(picture).map((token) => [token.dataset.token, placeOf(token)]));
}

// Lets what has moved since `before` travel; what is new comes from its client.
export function move(picture, before) {
  if (still.matches) return;
  for (const token of shownTokens(picture)) {
    const name = token.dataset.token;
    const from = before.get(name) ?? placeOfClient(picture, name);
    const to = placeOf(token);
    if (!from || (from.x === to.x && from.y === to.y)) continue;
    token.animate(
      [from, to].map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` })),
      { duration: LENGTH_MS, easing: "ease-in-out" },
    );
  }
}

function shownTokens(picture) {
  return [...picture.querySelectorAll("[data-on] [data-token]")];
}

function placeOf(element) {
  const { e: x, f: y } = element.transform.baseVal.consolidate().matrix;
  return { x, y };
}

function placeOfClient(picture, name) {
  const client = picture.querySelector(`[data-on][data-client="${name}"]`);
  return client && placeOf(client);
}
