"""The figures of a result's `summary`: their types here, their words in a table.

`summary_figures.csv` says what each is called on a run's page, in which unit it is
shown there, which runs have it, and what it means. The page's rows and the table in
docs/formats.md follow its order, and tests hold docs/result.schema.json and these types
to it.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypedDict


class Given(Enum):
    """Which runs have a figure; the value is the docs' word for them."""

    ALWAYS = "all"
    LOOP = "a load whose requests are counted"
    OPEN_LOOP = "an open loop"
    HELD = "connections that are held"
    PROBE = "an honest client"
    SCENARIO = "the scenario itself"


@dataclass(frozen=True)
class Figure:
    """What is known of a figure beside its name and type.

    `label` is empty for a figure that a run's page does not show. Shares are shown as
    "%", bytes as "MiB".
    """

    given: Given
    meaning: str
    label: str = ""
    unit: str = ""


class Summary(TypedDict, total=False):
    """The few numbers that are asked for by name; null where none can be given."""

    requests_per_s: float
    served_at_once: int | None
    latency_mean_ms: float | None
    latency_p50_ms: float | None
    latency_p90_ms: float | None
    latency_p99_ms: float | None
    latency_max_ms: float | None
    attempts: int
    ok: int
    errors: int
    unfinished: int
    clients_starved: int
    measured_s: float
    connections_lost: int
    offered_per_s: float
    send_delay_p99_ms: float | None
    connections_opened: int
    connections_held_max: int
    slow_opened: int
    slow_held_max: int
    slow_refused: int
    slow_closed: int
    denied_at_connections: int | None
    denied_from_s: float | None
    answered_again_s: float | None
    recovered_after_s: float | None
    probe_ok_ratio_before: float | None
    probe_ok_ratio_during: float | None
    probe_ok_ratio_after: float | None
    worker_slots: int | None
    workers_busy_max: int | None
    server_processes_max: int | None
    server_threads_max: int | None
    server_rss_max_bytes: int | None
    bytes_per_connection: float | None
    server_cpu_s: float
    load_cpu_s: float
    accept_queue_max: int | None


def _figures() -> dict[str, Figure]:
    with Path(__file__).with_name("summary_figures.csv").open(newline="") as file:
        return {
            row.pop("name"): Figure(Given[row.pop("given").upper()], **row)
            for row in csv.DictReader(file)
        }


FIGURES = _figures()


def figures_given(*kinds: Given) -> tuple[str, ...]:
    """Return the names of the figures of these kinds, as declared."""
    return tuple(name for name, figure in FIGURES.items() if figure.given in kinds)


def table(figures: Iterable[tuple[str, Figure]] = FIGURES.items()) -> str:
    """Return the table of the docs (Markdown)."""
    rows = [
        f"| `{name}` | {figure.given.value} | {figure.meaning} |"
        for name, figure in figures
    ]
    return "\n".join(["| name | given by | meaning |", "|---|---|---|", *rows])
