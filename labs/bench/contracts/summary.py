"""The figures of a result's `summary`: each is declared here and nowhere else.

The fields of `Summary` are their names; what is annotated says what each is called on a
run's page, in which unit it is shown there, which runs have it, and what it means. The
page's rows and the table in docs/formats.md follow this order, and a test holds
docs/result.schema.json to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, TypedDict, get_type_hints


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

    requests_per_s: Annotated[
        float,
        Figure(Given.LOOP, "`ok` over `measured_s`", "Requests per second"),
    ]
    served_at_once: Annotated[
        int | None,
        Figure(
            Given.SCENARIO,
            "`capacity`: requests answered in one go",
            "Served at once",
        ),
    ]
    latency_mean_ms: Annotated[
        float | None,
        Figure(Given.LOOP, "Mean time from due to the end of the answer"),
    ]
    latency_p50_ms: Annotated[
        float | None,
        Figure(Given.LOOP, "Median of that time", "Half of the answers within", "ms"),
    ]
    latency_p90_ms: Annotated[float | None, Figure(Given.LOOP, "90th percentile of it")]
    latency_p99_ms: Annotated[
        float | None,
        Figure(Given.LOOP, "99th percentile of it", "99 of 100 answers within", "ms"),
    ]
    latency_max_ms: Annotated[
        float | None, Figure(Given.LOOP, "The longest time", "Slowest answer", "ms")
    ]
    attempts: Annotated[int, Figure(Given.LOOP, "Requests tried", "Requests sent")]
    ok: Annotated[int, Figure(Given.LOOP, "Requests answered well", "Answered")]
    errors: Annotated[
        int, Figure(Given.LOOP, "Requests that ended in any other way", "Failed")
    ]
    unfinished: Annotated[
        int,
        Figure(
            Given.LOOP,
            "Requests that had not ended when the run did",
            "Without an end when the run ended",
        ),
    ]
    clients_starved: Annotated[
        int, Figure(Given.LOOP, "Closed-loop clients that got no answer at all")
    ]
    measured_s: Annotated[float, Figure(Given.LOOP, "Length of the headline phase")]
    connections_lost: Annotated[
        int,
        Figure(
            Given.LOOP,
            "Connections that the server ended unannounced, in the whole run",
            "Connections the server ended unasked",
        ),
    ]
    offered_per_s: Annotated[
        float,
        Figure(
            Given.OPEN_LOOP,
            "`attempts` over `measured_s`",
            "Requests offered a second",
        ),
    ]
    send_delay_p99_ms: Annotated[
        float | None,
        Figure(
            Given.OPEN_LOOP,
            "99th percentile of the time from due to sent",
            "99 of 100 sent after they were due within",
            "ms",
        ),
    ]
    connections_opened: Annotated[int, Figure(Given.HELD, "The same as `slow_opened`")]
    connections_held_max: Annotated[
        int, Figure(Given.HELD, "The same as `slow_held_max`")
    ]
    slow_opened: Annotated[
        int,
        Figure(
            Given.HELD,
            "Slow or idle connections ever established",
            "Slow connections opened",
        ),
    ]
    slow_held_max: Annotated[
        int, Figure(Given.HELD, "The most open at one time", "Most held at once")
    ]
    slow_refused: Annotated[
        int, Figure(Given.HELD, "Connections refused or never established", "Refused")
    ]
    slow_closed: Annotated[
        int,
        Figure(
            Given.HELD, "Connections that the server closed", "Closed by the server"
        ),
    ]
    denied_at_connections: Annotated[
        int | None,
        Figure(
            Given.PROBE,
            "The step in which honest clients were denied; null: never",
            "Denied at",
            "slow connections",
        ),
    ]
    denied_from_s: Annotated[
        float | None,
        Figure(Given.PROBE, "When the denial began", "Denied from", "s on"),
    ]
    answered_again_s: Annotated[
        float | None,
        Figure(Given.PROBE, "When the denial ended", "Answered again at", "s"),
    ]
    recovered_after_s: Annotated[
        float | None,
        Figure(
            Given.PROBE,
            "The same, counted from the end of the attack",
            "Recovered after",
            "s",
        ),
    ]
    probe_ok_ratio_before: Annotated[
        float | None,
        Figure(
            Given.PROBE,
            "Share of the probes answered before the attack",
            "Probes answered before",
            "%",
        ),
    ]
    probe_ok_ratio_during: Annotated[
        float | None,
        Figure(Given.PROBE, "The same during it", "Probes answered during", "%"),
    ]
    probe_ok_ratio_after: Annotated[
        float | None,
        Figure(Given.PROBE, "The same after it", "Probes answered after", "%"),
    ]
    worker_slots: Annotated[
        int | None,
        Figure(
            Given.ALWAYS,
            "Connections that the server's model can serve at once; null: no limit",
            "Size of the pool",
        ),
    ]
    workers_busy_max: Annotated[
        int | None,
        Figure(
            Given.ALWAYS,
            "The most workers occupied by a connection",
            "Most workers held at once",
        ),
    ]
    server_processes_max: Annotated[
        int | None, Figure(Given.ALWAYS, "The most processes at one time", "Processes")
    ]
    server_threads_max: Annotated[
        int | None, Figure(Given.ALWAYS, "The most threads at one time", "Threads")
    ]
    server_rss_max_bytes: Annotated[
        int | None,
        Figure(
            Given.ALWAYS,
            "The most resident memory, of all its processes added up",
            "Memory (resident, summed)",
            "MiB",
        ),
    ]
    bytes_per_connection: Annotated[
        float | None,
        Figure(
            Given.HELD,
            "Growth of the server's memory for each connection held; may be below 0",
            "Memory for each connection",
            "bytes",
        ),
    ]
    server_cpu_s: Annotated[
        float,
        Figure(
            Given.ALWAYS,
            "Processor time of the server, in the whole run",
            "Server's processor time",
            "s",
        ),
    ]
    load_cpu_s: Annotated[
        float,
        Figure(
            Given.ALWAYS,
            "Processor time of the generator and its children",
            "Generator's processor time",
            "s",
        ),
    ]
    accept_queue_max: Annotated[
        int | None,
        Figure(
            Given.ALWAYS,
            "The most connections established and not accepted",
            "Longest accept queue",
        ),
    ]


def _declared() -> dict[str, Figure]:
    hints = get_type_hints(Summary, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


FIGURES = _declared()


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
