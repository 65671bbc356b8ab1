"""What a visitor waits for: click to first tick (goal 700 ms), and a tick's way from
the runner to the drawn page (goal 100 ms). A real site, a real Chromium, NGINX.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.site import Site

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CLICKS = 7
# Notes when the page has drawn so many ticks, in milliseconds since the epoch.
NOTE = """
window.drawn = {};
new MutationObserver(() => {
  const root = document.querySelector("[data-ticks]");
  if (root) window.drawn[root.dataset.ticks] ??= Date.now();
}).observe(document, {subtree: true, childList: true, attributeFilter: ["data-ticks"]});
"""


def main() -> dict[str, float]:
    """Start runs as a visitor does."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        try:
            address = site.wait_for_address().rstrip("/")
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            page = browser.new_page(base_url=address)
            page.add_init_script(NOTE)
            _wait_for_doctor(page)
            return _clicks(page) | _ticks(page)
        finally:
            site.end()


def _wait_for_doctor(page: Page) -> None:
    while True:
        page.goto("/labs/slowloris/?server=nginx")
        if page.get_by_role("button", name="Start the run").is_enabled():
            return
        time.sleep(0.5)


def _clicks(page: Page) -> dict[str, float]:
    times_ms = [_click(page) for _ in range(CLICKS + 1)][1:]
    return {
        "click_to_first_tick_median_ms": statistics.median(times_ms),
        "click_to_first_tick_max_ms": max(times_ms),
    }


def _click(page: Page) -> float:
    page.goto("/labs/slowloris/?server=nginx")
    clicked_ms = page.evaluate(
        "() => { const at = Date.now();"
        " document.querySelector('main form button[type=submit]').click(); return at; }"
    )
    page.wait_for_url("**/runs/*/")
    page.wait_for_function("() => Object.keys(window.drawn).some(n => n > 0)")
    drawn_ms = page.evaluate(
        "Math.min(...Object.entries(window.drawn)"
        ".filter(([ticks]) => ticks > 0).map(([, at]) => at))"
    )
    page.get_by_role("button", name="Stop the run").click()
    page.wait_for_selector("[data-run][data-status=cancelled]")
    return drawn_ms - clicked_ms


def _ticks(page: Page) -> dict[str, float]:
    page.goto("/labs/slowloris/?server=nginx")
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url("**/runs/*/")
    page.wait_for_selector("[data-run][data-status=finished]", timeout=120_000)
    drawn = {int(ticks): at for ticks, at in page.evaluate("window.drawn").items()}
    result = page.request.get(f"{page.url}result.json").json()
    began_ms = 1000 * datetime.fromisoformat(result["started_at"]).timestamp()
    late_ms = sorted(
        drawn[number] - began_ms - 1000 * t_s
        for number, t_s in enumerate(result["series"]["t_s"], start=1)
        if number in drawn
    )
    return {
        "ticks_seen": len(late_ms),
        "tick_to_drawn_median_ms": round(statistics.median(late_ms), 1),
        "tick_to_drawn_p99_ms": round(late_ms[int(0.99 * (len(late_ms) - 1))], 1),
        "tick_to_drawn_max_ms": round(late_ms[-1], 1),
    }
