"""Pages of the catalog, warm, against the site's smallest view on the same server.
Goal: at least half of its requests per second.

The smallest view is robots.txt, a constant, through the same middleware. Each page and
it take turns on one site, as script/server serves it; a figure is the median of the
pairs' ratios. The clients are in a process of their own and keep their connections.
"""

from __future__ import annotations

import http.client
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from tests.site import Site

SMALLEST = "/robots.txt"
CLAIM = "s5-slowloris-exhausts-a-pool"
PAGES = {
    "home": "/",
    "models": "/models/",
    "model": "/models/thread-pool/",
    "servers": "/servers/",
    "server": "/servers/nginx/",
    "teaching_server": "/servers/thread-pool/",
    "claims": "/claims/",
    "claim": f"/claims/{CLAIM}/",
    "loads": "/loads/",
    "load": "/loads/slowloris/",
    "sources": "/sources/",
    "source": "/sources/kegel-c10k/",
    "glossary": "/glossary/",
}
CLIENTS = 4
SECONDS = 1.0
PAIRS = 7
# Runs that the front page lists, and evidence that a claim's page rests on.
RUNS = f"""
from labs.claims import evaluation as claims
from models_catalog.models import Claim
from tests.labs import claim_rows, runs
claim = Claim.objects.get(slug="{CLAIM}")
claim_rows.run_for(claim)
claims.refresh(claim)
for _ in range(6):
    runs.finished("nginx-throughput")
"""


def main() -> dict[str, float]:
    """Return the ratio of each page, and the rates they are of."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        try:
            address = urlsplit(site.wait_for_address()).netloc
            site.manage("shell", "--no-imports", "-c", RUNS)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                return _figures(lambda path: pool.apply(rate, (address, path)))
        finally:
            site.end()


def _figures(rate_of) -> dict[str, float]:
    figures = {}
    for name, path in PAGES.items():
        rate_of(path), rate_of(SMALLEST)  # both ends warm
        pairs = [_pair(rate_of, path, at % 2) for at in range(PAIRS)]
        ratios = [page / smallest for page, smallest in pairs]
        figures |= {
            f"{name}_page_ratio_median": statistics.median(ratios),
            f"{name}_page_ratio_min": min(ratios),
            f"{name}_page_per_s": statistics.median(page for page, _ in pairs),
            f"{name}_smallest_view_per_s": statistics.median(s for _, s in pairs),
        }
    return figures


def _pair(rate_of, path: str, turned: int) -> tuple[float, float]:
    if turned:
        smallest = rate_of(SMALLEST)
        return rate_of(path), smallest
    return rate_of(path), rate_of(SMALLEST)


def rate(address: str, path: str) -> float:
    """Ask for a path from several connections at once; return requests per second."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        began_s = time.monotonic()
        until_s = began_s + SECONDS
        counts = clients.map(
            _client, *zip(*[(address, path, until_s)] * CLIENTS, strict=True)
        )
        answers = sum(counts)
        return answers / (time.monotonic() - began_s)


def _client(address: str, path: str, until_s: float) -> int:
    """Ask again and again; return how many answers came. RuntimeError if one is bad."""
    with closing(http.client.HTTPConnection(address)) as connection:
        answers = 0
        while time.monotonic() < until_s:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}, wanted 200")
            answers += 1
        return answers
