"""Side by side in a browser: with script and without, both themes, wide and narrow."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.test_pages import overflow
from tests.site import Site

pytestmark = pytest.mark.browser

MODELS = "/compare/?kind=models&a=thread-pool&a=single-event-loop"
SERVERS = "/compare/?kind=servers&a=thread-pool&a=event-loop"
FIGURES = "/compare/?kind=servers&a=nginx&a=apache-prefork&a=node"
FOUR = (
    "/compare/?kind=servers&a=event-loop&a=thread-pool&a=single-thread&a=green-threads"
)
ADDRESSES = ["/compare/", MODELS, SERVERS, FIGURES, "/embed/models/thread-pool/"]
LOOKS = [(1440, "light"), (1440, "dark"), (320, "light"), (320, "dark")]
EQUAL = "tr[data-equal]"

MEASURED = """
from datetime import timedelta
from tests.labs import runs
for server in ("nginx", "apache-prefork"):
    for number in range(7):
        run = runs.finished("nginx-throughput", server=server)
        run.result["server"] |= {"slug": server}
        for row in run.result["findings"]:
            if row["measured"] and not isinstance(row["measured"], bool):
                row["measured"] *= len(server) + number / 100
        # Twice under other conditions: two tables of one scenario.
        run.result["scenario"]["params"]["duration_s"] = 4 if number < 4 else 8
        run.finished_at += timedelta(seconds=number)
        run.save()
"""


@pytest.fixture(scope="module", autouse=True)
def measured(site: Site) -> None:
    site.manage("shell", "--no-imports", "-c", MEASURED)


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
    """Return a page of a browser without script."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_pages_hold_axe_and_fit(look: Page):
    found = []
    for address in ADDRESSES:
        look.goto(address)
        found += violations(look)
        assert overflow(look) <= 0, address
    assert "\n".join(found) == ""


def test_tables_of_one_scenario_are_regions_of_their_own(page: Page):
    page.goto(FIGURES)
    for part in page.locator("details.compare__part").all():
        part.evaluate("part => { part.open = true; }")
    regions = page.get_by_role("region", name="Throughput")
    expect(regions).to_have_count(2)
    assert violations(page) == []


def test_four_at_the_least_width_are_not_endless(browser: Browser, base_url: str):
    context = browser.new_context(
        base_url=base_url, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    page.goto(FOUR)
    heights = page.evaluate(
        """() => [...document.querySelectorAll("main > *")].map(
            (one) => [one.getAttribute("aria-labelledby"), one.offsetHeight])"""
    )
    total = page.evaluate("document.documentElement.scrollHeight")
    assert total < 5_000, heights
    context.close()


class TestWithScript:
    def test_equal_rows_are_hidden_and_shown_at_once(self, page: Page):
        page.goto(MODELS)
        count = page.locator(EQUAL).count()
        box = page.get_by_label("Hide equal rows")
        box.check()
        assert count and page.locator(f"{EQUAL}:visible").count() == 0
        assert "hide=equal" in page.url
        link = page.get_by_role("link", name="Download as CSV")
        assert "hide=equal" in link.get_attribute("href")
        box.uncheck()
        assert page.locator(f"{EQUAL}:visible").count() == count
        assert "hide" not in page.url

    def test_diagrams_play_from_one_set_of_controls(self, page: Page):
        page.goto(MODELS)
        assert page.get_by_role("button", name="Next").count() == 1
        page.get_by_role("button", name="Next").click()
        steps = page.locator("[data-diagram] [data-course=step] [aria-current=step]")
        expect(steps).to_have_count(2)

    def test_the_picker_leads_to_a_comparison(self, page: Page):
        page.goto("/compare/?kind=servers")
        selects = page.locator("select[name=a]")
        selects.nth(0).select_option("nginx")
        selects.nth(1).select_option("node")
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_url("**/compare/?kind=servers&a=nginx&a=node")
        expect(page.get_by_role("heading", level=1)).to_contain_text("NGINX")

    def test_a_card_plays_its_diagram_in_a_frame(self, page: Page, base_url: str):
        page.goto("/compare/")
        address = f"{base_url}/embed/models/thread-pool/"
        page.set_content(f'<iframe src="{address}" width="600" height="900"></iframe>')
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Next").click()
        expect(frame.locator("[aria-current=step]")).to_have_count(1)

    def test_the_text_of_a_card_is_copied(self, page: Page):
        # A browser with a window grants this by itself.
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto("/models/thread-pool/")
        page.get_by_text("Show this on your own site").click()
        page.get_by_role("button", name="Copy").click()
        expect(page.locator("[data-copied]")).to_contain_text("Copied", timeout=5000)


class TestWithoutScript:
    def test_no_button_shows_that_would_do_nothing(self, plain: Page):
        plain.goto("/models/thread-pool/")
        plain.get_by_text("Show this on your own site").click()
        expect(plain.locator("#embed-code")).to_be_visible()
        for name in ("Theme", "Copy"):
            button = plain.locator(f"button:has-text('{name}')")
            expect(button).to_have_count(1)
            expect(button).to_be_hidden()

    def test_the_picker_and_equal_rows_work(self, plain: Page):
        plain.goto("/compare/?kind=models")
        selects = plain.locator("select[name=a]")
        selects.nth(0).select_option("thread-pool")
        selects.nth(1).select_option("single-event-loop")
        plain.get_by_label("Hide equal rows").check()
        plain.get_by_role("button", name="Compare", exact=True).click()
        assert plain.url.endswith("a=thread-pool&a=single-event-loop&hide=equal")
        assert plain.locator(EQUAL).count() > 0
        assert plain.locator(f"{EQUAL}:visible").count() == 0

    def test_diagrams_are_pictures_with_captions(self, plain: Page):
        plain.goto(MODELS)
        expect(plain.locator("[data-diagram] svg:visible")).to_have_count(2)
        assert plain.get_by_role("button", name="Next").count() == 0
        assert plain.locator("[data-course=step] li:visible").count() > 4

    def test_sources_are_coloured_and_signed(self, plain: Page):
        plain.goto(SERVERS)
        signs = plain.locator(".diff__sign").all_inner_texts()
        assert {"+", "−"} <= set(signs)

    def test_a_number_leads_to_its_run(self, plain: Page):
        plain.goto(FIGURES)
        link = plain.get_by_role("link", name="how it was measured").first
        link.click()
        assert "/runs/" in plain.url
