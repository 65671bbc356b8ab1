"""Every page, in every state, wide and narrow, light and dark: axe finds nothing."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import runs
from tests.browser.axe import violations
from tests.site import Site

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/models/",
    "/models/event-driven/",
    "/servers/",
    "/servers/apache-prefork/",
    "/labs/",
    "/labs/slowloris/",
    "/labs/throughput/?server=nginx",
    "/runs/",
    "/runs/?mine=1&verdict=holds",
    "/accounts/login/",
    "/nowhere/",
    "/admin/login/",
]
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def look(request, browser: Browser, base_url: str):
    """Return a page of one width and theme."""
    page = page_of(request.param, browser, base_url)
    yield page
    page.context.close()


def page_of(look: tuple[int, str], browser: Browser, base_url: str) -> Page:
    """Return a page of a context of its own, of one width and theme."""
    width, theme = look
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    return context.new_page()


@pytest.fixture(scope="module")
def finished(site: Site) -> str:
    """Return the path of a run put into the rows from a recording."""
    return site.manage("shell", "--no-imports", "-c", FINISHED)


@pytest.fixture(scope="module")
def failed(site: Site) -> str:
    """Return the path of a run whose server ended at its start."""
    return site.manage("shell", "--no-imports", "-c", FAILED)


FINISHED = """
from tests.labs import runs
run = runs.finished("apache-prefork-slowloris")
print(run.get_absolute_url(), end="")
"""
FAILED = """
from labs.bench.contracts import events
from labs.bench.contracts.events import Status
from tests.labs import runs
run = runs.told([
    events.status(0, Status.STARTING, "start", "Starting NGINX in its sandbox"),
    events.log(0.1, "server", "[emerg] no such directive", level="error"),
    events.finished(
        0.2, Status.FAILED, None, "server_exited", "NGINX ended while it started"
    ),
])
print(run.get_absolute_url(), end="")
"""


def overflow(page: Page) -> int:
    script = "document.documentElement.scrollWidth - window.innerWidth"
    return page.evaluate(script)


def test_pages_hold_axe_and_fit(look: Page):
    found = []
    for path in PAGES:
        look.goto(path)
        found += violations(look)
        assert overflow(look) <= 0, path
    assert found == []


def test_a_finished_run_and_a_failed_one(look: Page, finished: str, failed: str):
    for path in (finished, failed):
        look.goto(path)
        look.locator(".outcome").wait_for()
        for summary in look.locator("main details > summary").all():
            summary.click()
        assert violations(look) == []
        assert overflow(look) <= 0, path


@pytest.mark.alone
def test_a_run_under_way(browser: Browser, base_url: str):
    pages = [page_of(look, browser, base_url) for look in LOOKS]
    longer = runs.SHORT | {"hold_s": 8}  # until all have been looked at
    path = runs.start(pages[0], "single-thread", **longer)
    for page in pages[1:]:
        page.goto(path)
    for page in pages:
        runs.wait_for_ticks(page, 8)
        assert violations(page) == []
        assert overflow(page) <= 0
    for page in pages:
        runs.wait_for_end(page)
        assert violations(page) == []
        page.context.close()


def test_a_form_with_mistakes(look: Page):
    look.goto("/labs/slowloris/?server=nginx")
    look.fill("[name=param_connections]", "0")
    look.get_by_role("button", name="Start the run").click()
    look.locator(".field__error").first.wait_for()
    assert violations(look) == []
    assert overflow(look) <= 0


def test_strict_policy_and_nothing_from_another_host(page: Page):
    """The `page` fixture fails for an error, or a request to another host."""
    for path in PAGES:
        answer = page.goto(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy
        inline = "script:not([src]):not([type='application/json']), [style], style"
        assert path.startswith("/admin") or page.locator(inline).count() == 0


@pytest.mark.alone
def test_everything_can_be_done_with_the_keyboard(page: Page):
    page.goto("/labs/slowloris/?server=nginx")
    page.keyboard.press("Tab")
    focused = "document.activeElement.textContent.trim()"
    assert page.evaluate(focused) == "Skip to the content"
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "Start the run":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*/")
    runs.wait_for_ticks(page, 1)
    page.get_by_role("button", name="Stop the run").focus()
    page.keyboard.press("Enter")
    runs.wait_for_end(page, "cancelled")
