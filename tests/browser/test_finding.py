"""Facets, search and the picture of models, as people with a browser use them."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.test_pages import overflow
from tests.site import Site

pytestmark = pytest.mark.browser

MAX_BYTES = 150_000  # of a first visit, over the wire
LOOKS = [(1440, "light"), (1440, "dark"), (320, "light"), (320, "dark")]
# In every state: full, chosen from, nothing left, found, not found.
PAGES = [
    "/",
    "/models/",
    "/models/?unit=event&sort=name",
    "/models/?unit=process&io=completion",
    "/servers/?lab=yes",
    "/servers/?lab=yes&a=nginx&a=redis&a=lighttpd",
    "/claims/?load=slowloris",
    "/claims/s5-slowloris-exhausts-a-pool/",
    "/loads/?lab=no",
    "/sources/?kind=book&sort=-year",
    "/glossary/",
    "/search/",
    "/search/?q=thread+pool",
    "/search/?q=zzzz",
    "/servers/ngnix/",
]
# The files may not place every model; the picture is looked at with all of them.
PLACED = """
from models_catalog.models import ConcurrencyModel
for number, model in enumerate(ConcurrencyModel.objects.order_by("slug")):
    event = number % 2
    model.unit, model.io = ("event", "completion") if event else ("process", "blocking")
    model.position = (90 - number, 95 - number // 2) if event else (number, number // 3)
    model.save()
"""


@pytest.fixture(scope="module", autouse=True)
def placed(site: Site) -> None:
    """Give every model traits and a place, crowded into two corners."""
    site.manage("shell", "--no-imports", "-c", PLACED)


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def look(request, browser: Browser, base_url: str):
    """Return a page of one width and theme."""
    width, theme = request.param
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser, base_url: str):
    """Return a page in which no script runs."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def rows(page: Page) -> list[str]:
    return page.locator("[data-rows] .card__title").all_inner_texts()


def counted(page: Page) -> int:
    return int(page.locator(".list-count").inner_text().split()[0])


def test_pages_hold_axe_and_fit(look: Page):
    found = []
    for path in PAGES:
        look.goto(path)
        for summary in look.locator("main details:not([open]) > summary").all():
            summary.click()
        found += violations(look)
        assert overflow(look) <= 0, path
    assert found == []


class TestPicture:
    @pytest.mark.parametrize("width", [1440, 390])
    def test_labels_do_not_overlap_as_drawn(self, page: Page, width: int):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/")
        labels = page.locator(".model-map__text:visible")
        assert labels.count() >= 14
        boxes = [label.bounding_box() for label in labels.all()]
        drawing = page.locator(".model-map__drawing:visible").bounding_box()
        for number, one in enumerate(boxes):
            assert one["x"] >= drawing["x"]
            assert one["x"] + one["width"] <= drawing["x"] + drawing["width"]
            # The boxes of two lines of text may touch where their letters do not.
            assert not any(meets(one, other, 2) for other in boxes[:number])

    def test_each_is_a_link_that_can_be_reached_by_keyboard(self, page: Page):
        page.goto("/")
        link = page.locator(".model-map__drawing:visible a").first
        link.focus()
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/models/[a-z-]+/$"))


def meets(one: dict, other: dict, slack: float) -> bool:
    return (
        one["x"] + slack < other["x"] + other["width"]
        and other["x"] + slack < one["x"] + one["width"]
        and one["y"] + slack < other["y"] + other["height"]
        and other["y"] + slack < one["y"] + one["height"]
    )


class TestFacets:
    def test_a_choice_applies_at_once_and_is_in_the_address(self, page: Page):
        page.goto("/servers/")
        everything = counted(page)
        expect(page.locator("[data-facets-apply]")).to_be_hidden()
        choice = page.get_by_role("checkbox", name="Single event loop")
        choice.focus()
        page.keyboard.press("Space")
        expect(page.locator(".list-count")).to_contain_text("with what you chose")
        assert page.url.endswith("/servers/?model=single-event-loop")
        assert 0 < counted(page) < everything
        again = page.get_by_role("checkbox", name="Single event loop")
        expect(again).to_be_focused()
        page.go_back()
        expect(page.locator(".list-count")).to_have_text(f"{everything} servers")
        expect(again).not_to_be_checked()

    def test_counts_are_kept(self, page: Page):
        page.goto("/models/")
        label = page.locator(".facet__choice", has_text="Event").first
        promised = int(re.search(r"\d+", label.inner_text())[0])
        label.click()
        expect(page.locator(".list-count")).to_contain_text("with what you chose")
        assert counted(page) == promised == len(rows(page))

    def test_clear_all_needs_no_new_page(self, page: Page):
        page.goto("/models/?unit=process&io=completion")
        page.evaluate("document.marked = true")
        page.get_by_role("link", name="clear all", exact=True).click()
        expect(page.locator(".list-count")).to_have_text(re.compile(r"^\d+ models$"))
        assert page.evaluate("document.marked") and page.url.endswith("/models/")

    def test_without_script_the_form_does_the_same(self, plain: Page):
        plain.goto("/models/")
        plain.locator(".facet__choice input[value=event]").check()
        plain.locator("select[name=sort]").select_option("name")
        plain.get_by_role("button", name="Apply").click()
        assert "unit=event" in plain.url and "sort=name" in plain.url
        assert len(rows(plain)) == counted(plain)
        plain.get_by_role("link", name="Take back Unit of concurrency: Event").click()
        expect(plain.locator("input[value=event]")).not_to_be_checked()

    def test_on_a_narrow_screen_the_list_comes_first(self, page: Page):
        page.set_viewport_size({"width": 390, "height": 900})
        page.goto("/models/")
        expect(page.locator("[data-facets] input").first).to_be_hidden()
        page.get_by_text("Filter and sort").click()
        page.locator(".facet__choice input[value=event]").check()
        expect(page.locator(".list-count")).to_contain_text("with what you chose")
        expect(page.locator("[data-facets] input").first).to_be_visible()


class TestPicks:
    def test_what_is_ticked_outlasts_facets_and_a_reload(self, page: Page):
        page.goto("/models/")
        page.get_by_role("checkbox", name="Compare Thread pool").check()
        page.get_by_role("checkbox", name="Compare Single event loop").check()
        assert page.url.endswith("/models/?a=thread-pool&a=single-event-loop")
        page.locator(".facet__choice input[value=event]").check()
        expect(page.locator(".list-count")).to_contain_text("with what you chose")
        bar = page.locator("[data-picks]")
        expect(bar).to_contain_text("2 ticked")
        expect(bar.get_by_role("checkbox", name="Thread pool")).to_be_checked()
        page.reload()
        expect(bar).to_contain_text("2 ticked")
        bar.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_url("**/compare/?kind=models&a=*&a=*")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_contain_text("Thread pool")
        expect(heading).to_contain_text("Single event loop")

    def test_a_fifth_cannot_be_ticked(self, page: Page):
        page.goto("/servers/")
        boxes = page.locator("[data-rows] [data-pick]")
        for number in range(4):
            boxes.nth(number).check()
        expect(page.locator("[data-picks-count]")).to_contain_text("no more fit")
        expect(boxes.nth(4)).to_be_disabled()
        boxes.nth(0).uncheck()
        expect(boxes.nth(4)).to_be_enabled()

    def test_without_script_the_boxes_are_a_form(self, plain: Page):
        plain.goto("/servers/?lab=yes")
        for name in ("Compare NGINX", "Compare Redis"):
            plain.get_by_role("checkbox", name=name, exact=True).check()
        plain.get_by_role("button", name="Compare", exact=True).click()
        assert plain.url.endswith("/compare/?kind=servers&a=nginx&a=redis")
        expect(plain.get_by_role("heading", level=1)).to_contain_text("NGINX")


class TestSearch:
    def test_a_slash_goes_to_the_box_and_enter_to_the_results(self, page: Page):
        page.goto("/models/")
        page.keyboard.press("/")
        box = page.get_by_role("searchbox", name="Search the site")
        expect(box).to_be_focused()
        expect(box).to_have_value("")
        page.keyboard.type("slow/loris")
        expect(box).to_have_value("slow/loris")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=slow%2Floris")
        assert page.locator(".result").count() > 0

    def test_a_found_page_is_two_steps_away_without_script(self, plain: Page):
        plain.goto("/")
        box = plain.get_by_role("searchbox", name="Search the site")
        box.fill("thread pool")
        box.press("Enter")
        expect(plain.locator(".result mark").first).to_be_visible()
        plain.locator(".result a").first.click()
        expect(plain.locator("h1")).to_contain_text(re.compile("thread pool", re.I))


def test_a_first_visit_is_light(browser: Browser, base_url: str):
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received = []
    session.on(
        "Network.loadingFinished", lambda e: received.append(e["encodedDataLength"])
    )
    page.goto("/", wait_until="networkidle")
    context.close()
    assert len(received) > 6 and sum(received) <= MAX_BYTES
