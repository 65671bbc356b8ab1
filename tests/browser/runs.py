"""What tests of the run page do and read, in one place."""

import json
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

OVER = ("finished", "failed", "cancelled", "lost")
LONG_MS = 90_000
# Long enough to look at, and no longer.
SHORT = {"before_s": 1, "step_s": 1, "hold_s": 1, "after_s": 5, "connections": 8}


def start(page: Page, server: str, scenario: str = "slowloris", **params) -> str:
    """Start a run through its form; return its path."""
    page.goto(f"/labs/{scenario}/?server={server}")
    for name, value in params.items():
        page.fill(f"[name=param_{name}]", str(value))
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url("**/runs/*/")
    return urlsplit(page.url).path


def root(page: Page):
    return page.locator("[data-run]")


def number(page: Page, name: str) -> int:
    return int(root(page).get_attribute(f"data-{name}") or 0)


def inside(page: Page) -> str:
    """Return all that the page says of the inside of the server."""
    parts = [page.locator(f"[data-part={name}]") for name in ("inside", "board")]
    cells = parts[1].locator("th, td").all_text_contents()
    return "\n".join([parts[0].text_content().strip(), *cells])


def wait_for_ticks(page: Page, at_least: int) -> None:
    page.wait_for_function(
        """([least, over]) => {
            const { ticks, status } = document.querySelector("[data-run]").dataset;
            return Number(ticks) >= least || over.includes(status);
        }""",
        arg=[at_least, OVER],
        timeout=LONG_MS,
    )
    assert number(page, "ticks") >= at_least, page.locator(".outcome").inner_text()


def wait_for_end(page: Page, status: str = "finished") -> None:
    selector = ",".join(f"[data-run][data-status={word}]" for word in OVER)
    page.wait_for_selector(selector, timeout=LONG_MS)
    assert root(page).get_attribute("data-status") == status
    # What the end brings is fetched after it.
    expect(page.locator(".outcome")).to_be_visible()


def stored(page: Page, path: str) -> list[dict]:
    """Return all events of a run as the database has them."""
    answer = page.request.get(f"{path}events?after=0")
    assert answer.ok
    return json.loads(answer.text())["events"]


def assert_nothing_missing_or_doubled(page: Page, path: str) -> None:
    """Compare what the page drew with what the database has."""
    events = stored(page, path)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    of = {kind: [e for e in events if e["type"] == kind] for kind in ("tick", "log")}
    assert number(page, "seq") == len(events)
    assert number(page, "ticks") == len(of["tick"])
    drawn = page.locator("[data-part=log] .log__text").all_text_contents()
    assert drawn == [event["text"] for event in of["log"]]
    chart = page.locator("[data-chart]").first
    chart.locator("summary").click()
    expect(chart.locator("[data-chart-rows] tr")).to_have_count(len(of["tick"]))
