"""Charts and findings of the scenarios whose requests are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.bench.contracts.scenario import Chart, Finding, Series

RATE = Chart(
    "rate",
    "Requests per second",
    "requests/s",
    (Series("requests_per_s", "Answered"), Series("errors_per_s", "Failed")),
    help="Answers in each fifth of a second, over its length.",
)
LATENCY = Chart(
    "latency",
    "Latency",
    "ms",
    (
        Series("latency_p50_ms", "Half within (p50)"),
        Series("latency_p90_ms", "90 of 100 within (p90)"),
        Series("latency_p99_ms", "99 of 100 within (p99)"),
    ),
    help="From the instant a request was due to the end of its answer.",
)
CPU = Chart(
    "cpu",
    "Processor",
    "% of one core",
    (
        Series("server_cpu_percent", "Server"),
        Series("load_cpu_percent", "Load generator"),
    ),
    help="Whichever is at its limit decides the rate.",
)
CONNECTIONS = Chart(
    "connections",
    "Connections",
    "connections",
    (
        Series("connections_open", "Open"),
        Series("in_flight", "Waiting for an answer"),
        Series("accept_queue", "Waiting to be accepted"),
    ),
)
TASKS = Chart(
    "tasks",
    "Processes and threads",
    "",
    (Series("server_threads", "Threads"), Series("server_processes", "Processes")),
)
MEMORY = Chart(
    "memory",
    "Memory",
    "MiB",
    (Series("server_rss_bytes", "Resident"),),
    per_unit=2**20,
)


def figure(slug: str, statement: str, measured: Any, unit: str) -> Finding:
    """Make a finding that is a figure and no claim."""
    return Finding(slug, statement, None, measured, None, unit)


def counted(result: Mapping[str, Any], name: str | None = None) -> list[dict[str, Any]]:
    """Return the phases that counted requests, of one name if given, in order.

    Results from before phases were counted apart have none.
    """
    return [
        phase
        for phase in result["phases"]
        if phase.get("counted") and name in (None, phase["name"])
    ]
