"""Diagrams: static, played by keyboard, with a slow client, in both themes, narrow."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.test_pages import overflow
from tests.site import CHECKOUT

pytestmark = pytest.mark.browser

MODELS = sorted(p.stem for p in CHECKOUT.glob("models_catalog/content/models/*.md"))
ADDRESS = "/models/thread-pool/"
LOOKS = [(1440, "light"), (1440, "dark"), (320, "light"), (320, "dark")]
LEAST_TEXT_PX = 11

CURRENT = "[aria-current=step]"

SMALLEST = """() => {
  const picture = document.querySelector("[data-diagram] [data-part=stage] svg");
  const scale = picture.getBoundingClientRect().width / picture.viewBox.baseVal.width;
  const sizes = [...picture.querySelectorAll("text")]
    .map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
  return Math.min(...sizes);
}"""
# Shows every step of both courses; lists texts that cross another or leave the picture.
COLLISIONS = """async () => {
  const { Player } = await import(document.querySelector("[src*=diagram]").src);
  const player = new Player(document.querySelector("[data-diagram]"));
  const isShown = (element) => getComputedStyle(element).opacity === "1"
    && (element === player.picture || isShown(element.parentElement));
  const found = [];
  const look = (step) => {
    const whole = player.picture.getBoundingClientRect();
    const texts = [...player.picture.querySelectorAll("text")].filter(isShown)
      .map((text) => [text.textContent, text.getBoundingClientRect()])
      .filter(([, box]) => box.width);
    texts.forEach(([text, box], index) => {
      if (box.left < whole.left || box.right > whole.right) found.push([step, text]);
      const slack = box.height / 5;  // the room above and below letters may cross
      const crosses = (other) => box.left < other.right && other.left < box.right
        && box.top + slack < other.bottom - slack
        && other.top + slack < box.bottom - slack;
      for (const [other, place] of texts.slice(index + 1)) {
        if (crosses(place)) found.push([step, text, other]);
      }
    });
  };
  for (const slow of [false, true]) {
    player.slow(slow);
    for (let step = 1; step <= player.state.steps; step += 1) {
      player.go(step);
      look(`${slow ? "slow " : ""}${step}`);
    }
  }
  return found;
}"""
# Puts two diagrams into one container, as a page that compares models does.
TOGETHER = """async (other) => {
  const text = await (await fetch(other)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const box = document.createElement("div");
  box.className = "diagrams";
  for (const source of [document, page]) {
    const figure = source.querySelector("[data-diagram]").cloneNode(true);
    figure.querySelector("[data-part=controls]").replaceChildren();
    figure.querySelector("[data-part=now]").removeAttribute("aria-live");
    box.append(figure);
  }
  document.querySelector("main").replaceChildren(box);
  const { together } = await import(document.querySelector("[src*=diagram]").src);
  together(box);
}"""
MOVING = """() => {
  const buttons = [...document.querySelectorAll("[data-diagram] button")];
  const next = buttons.find((button) => button.textContent === "Next");
  next.click();  // the client connects
  next.click();  // its connection is accepted
  return document.getAnimations().filter(({ effect }) =>
    effect.target.matches("[data-on] [data-token]")).length;
}"""


def opened(browser: Browser, base_url: str, path: str = ADDRESS, **options) -> Page:
    page = browser.new_context(base_url=base_url, **options).new_page()
    page.goto(path)
    return page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def course(page: Page, name: str) -> Locator:
    return page.locator(f"[data-course={name}] li")


class TestWithoutScript:
    def test_the_picture_and_all_captions_are_there(self, browser, base_url):
        page = opened(browser, base_url, java_script_enabled=False)
        for name in ("step", "slow"):
            captions = course(page, name).all()
            assert len(captions) >= 3
            assert all(caption.is_visible() for caption in captions)
        assert page.locator("[data-diagram] button").count() == 0
        assert page.locator("[data-part=controls]").is_hidden()
        shown = page.locator("[data-diagram] svg [data-token]:visible")
        assert shown.count() == 2
        page.context.close()


class TestPlaying:
    def test_the_keyboard_plays_it(self, page: Page):
        page.goto(ADDRESS)
        page.locator("[data-part=stage]").focus()
        steps = course(page, "step")
        for number in (0, 1):
            page.keyboard.press("ArrowRight")
            expect(steps.nth(number)).to_have_attribute("aria-current", "step")
        assert page.locator(CURRENT).count() == 1
        page.keyboard.press("ArrowLeft")
        expect(steps.nth(0)).to_have_attribute("aria-current", "step")
        page.keyboard.press("ArrowLeft")
        expect(steps.nth(0)).to_have_attribute("aria-current", "step")
        page.keyboard.press("Space")
        expect(button(page, "Pause")).to_be_visible()
        page.keyboard.press("Home")
        expect(button(page, "Play")).to_be_visible()
        expect(steps.nth(0)).to_have_attribute("aria-current", "step")

    def test_the_step_is_announced(self, page: Page):
        page.goto(ADDRESS)
        now = page.locator("[data-part=now]")
        assert now.get_attribute("aria-live") == "polite"
        button(page, "Next").click()
        first = course(page, "step").first.text_content()
        expect(now).to_have_text(f"Step 1 of 7 {first}")

    def test_it_stops_at_the_end_and_starts_again(self, page: Page):
        page.clock.install()
        page.goto(ADDRESS)
        button(page, "Play").click()
        page.clock.run_for(120_000)
        last = course(page, "step").last
        expect(last).to_have_attribute("aria-current", "step")
        expect(button(page, "Play")).to_be_visible()
        expect(button(page, "Next")).to_have_attribute("aria-disabled", "true")
        button(page, "Start again").click()
        first = course(page, "step").first
        expect(first).to_have_attribute("aria-current", "step")

    def test_a_slow_client_comes_and_goes(self, page: Page):
        page.goto(ADDRESS)
        slow_ones = page.locator("[data-diagram] svg [data-client]:visible").filter(
            has_text="slow"
        )
        add = button(page, "Add a slow client")
        expect(add).to_have_attribute("aria-pressed", "false")
        assert slow_ones.count() == 0
        add.click()
        expect(add).to_have_attribute("aria-pressed", "true")
        expect(course(page, "slow").first).to_have_attribute("aria-current", "step")
        assert slow_ones.count() == 1
        add.press("ArrowRight")
        add.press("ArrowRight")
        assert slow_ones.count() == 3
        add.click()
        expect(course(page, "step").first).to_have_attribute("aria-current", "step")
        assert slow_ones.count() == 0

    def test_several_are_played_by_one_set_of_controls(self, page: Page):
        page.goto(ADDRESS)
        page.evaluate(TOGETHER, "/models/event-driven/")
        assert page.get_by_role("button", name="Next").count() == 1
        for _ in range(3):
            button(page, "Next").click()
        for slug in ("thread-pool", "event-driven"):
            third = course(page.locator(f"[data-diagram={slug}]"), "step").nth(2)
            expect(third).to_have_attribute("aria-current", "step")
        heard = page.locator("main [aria-live=polite]")
        expect(heard).to_have_count(1)
        expect(heard).to_contain_text("Step 3 of 7 Thread pool: It puts")
        expect(heard).to_contain_text("Event-driven, non-blocking I/O: A sends")
        button(page, "Add a slow client").click()
        assert page.locator(f"[data-course=slow] {CURRENT}").count() == 2


class TestMotion:
    @pytest.mark.parametrize("wish, moves", [("no-preference", 1), ("reduce", 0)])
    def test_connections_travel_unless_less_motion_is_wanted(
        self, browser, base_url, wish, moves
    ):
        page = opened(browser, base_url, reduced_motion=wish)
        assert page.evaluate(MOVING) == moves
        second = course(page, "step").nth(1)
        expect(second).to_have_attribute("aria-current", "step")
        page.context.close()


class TestLooks:
    @pytest.mark.parametrize("width, theme", LOOKS)
    def test_axe_finds_nothing_in_any_state(self, browser, base_url, width, theme):
        options = {"viewport": {"width": width, "height": 900}, "color_scheme": theme}
        page = opened(browser, base_url, reduced_motion="reduce", **options)
        assert violations(page) == []
        for name in ("Next", "Add a slow client"):
            button(page, name).click()
            assert violations(page) == []
            assert overflow(page) <= 0
        page.context.close()

    @pytest.mark.parametrize("slug", MODELS)
    def test_text_is_large_enough_and_nothing_overlaps_at_320(
        self, browser, base_url, slug
    ):
        options = {"viewport": {"width": 320, "height": 900}}
        path = f"/models/{slug}/"
        page = opened(browser, base_url, path, reduced_motion="reduce", **options)
        assert page.evaluate(SMALLEST) >= LEAST_TEXT_PX
        assert page.evaluate(COLLISIONS) == []
        page.context.close()
