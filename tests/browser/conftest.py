"""A real site and the distribution's Chromium, watched for whatever it complains of."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.site import Site

pytest.register_assert_rewrite("tests.browser.runs")
# The shell first: a window around each page costs more than the page itself.
CHROMIUM = ("chromium-headless-shell", "chromium")
FLAGS = [
    "--no-sandbox",  # root may not use Chromium's own, and the pages are ours
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        pytest.skip("There is no Chromium: script/bootstrap --tests installs it")
    return {"executable_path": chromium, "args": FLAGS}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(Path(tmp_path_factory.mktemp("site")))
    try:
        site.address = site.wait_for_address()
        yield site
    finally:
        site.end()


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    return site.address.rstrip("/")


class Complaints(list):
    """What a page said that it should not: errors, and requests to anybody else."""

    def watch(self, page: Page, host: str) -> None:
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._console(message))
        page.on("request", lambda request: self._request(request.url, host))
        page.on("websocket", lambda socket: self._request(socket.url, host))

    def _console(self, message) -> None:
        # A page that a test asks for on purpose with an error status says so too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.append(message.text)

    def _request(self, url: str, host: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            self.append(f"asked {url}")


@pytest.fixture
def complaints(context: BrowserContext, base_url: str) -> Iterator[Complaints]:
    """Watch every page of the test's context; fail it for what they complained of."""
    heard = Complaints()
    host = urlsplit(base_url).netloc
    context.on("page", lambda page: heard.watch(page, host))
    yield heard
    assert heard == []


@pytest.fixture
def page(complaints: Complaints, context: BrowserContext) -> Page:
    return context.new_page()
