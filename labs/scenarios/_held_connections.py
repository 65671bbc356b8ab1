"""What the scenarios share whose attack only holds connections open.

Parameters of one name and meaning, the plan (before, attack in steps, after), charts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import Held
from labs.bench.contracts.scenario import Chart, Phase, Plan, ProbePlan, Series
from labs.bench.contracts.settings import choice, number
from labs.bench.verdicts import reading as v

# --- the parameters -------------------------------------------------------------------


def connections(default: int, most: int, label: str = "Slow connections") -> Any:
    return number(default, 1, most, label=label, help="How many to open in the end.")


def growth() -> Any:
    return choice(
        "doubling",
        ("doubling", "at_once"),
        label="Growth",
        help="Doubling finds the number that denies; at once is the plain attack.",
    )


def step_s(default: float = 2.0) -> Any:
    # Long enough for three probes to fail in it: 0.2 + 0.2 + 1.0 s and a tick.
    return number(
        default, 0.5, 30, label="Step", unit="s", help="How long each number is kept."
    )


def interval_s(label: str, help: str, default: float = 5.0) -> Any:
    return number(default, 0.5, 60, label=label, unit="s", help=help)


def before_s(default: float = 2.0) -> Any:
    return number(
        default,
        1,
        30,
        label="Before",
        unit="s",
        help="How long to look before the attack.",
    )


def hold_s() -> Any:
    return number(
        5.0,
        1,
        60,
        label="Hold",
        unit="s",
        help="How long a denial, or the last step, is kept before the attack ends.",
    )


def after_s() -> Any:
    return number(
        10.0,
        1,
        60,
        label="After",
        unit="s",
        help="The longest wait for the server to answer again.",
    )


def probe_interval_s() -> Any:
    return number(
        0.2, 0.05, 2, label="Probe every", unit="s", help="How often the probe asks."
    )


def probe_timeout_s(default: float = 1.0) -> Any:
    return number(
        default, 0.1, 10, label="Probe limit", unit="s", help="When the probe gives up."
    )


# --- the plan -------------------------------------------------------------------------


def plan(params: Any, load_of: Callable[[int], Held], noun: str, who: str) -> Plan:
    """Plan the steps; `load_of` makes the load of a number of connections.

    `noun` is what one of them is called, `who` are those that hold them.
    """
    return Plan(
        phases=(
            before(params.before_s),
            *_attack(params, load_of, noun),
            after(params.after_s, who),
        ),
        probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
        denied_hold_s=params.hold_s,
        may_end=True,
    )


def before(duration_s: float) -> Phase:
    """Return the phase in which only honest clients are there."""
    sentence = "Only the honest client is here"
    return Phase(v.BEFORE, Status.MEASURING, duration_s, sentence=sentence)


def after(duration_s: float, who: str) -> Phase:
    """Return the phase that waits for the server to answer again."""
    return Phase(
        v.AFTER,
        Status.MEASURING,
        duration_s,
        sentence=f"The {who} are gone; waiting for the server to answer again",
        until_recovered=True,
    )


def steps(params: Any) -> list[int]:
    """Return the steps: 1, 2, 4, ... below the wanted number, then that number."""
    if params.growth == "at_once":
        return [params.connections]
    counts = [1]
    while counts[-1] * 2 < params.connections:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == params.connections else [*counts, params.connections]


def _attack(params: Any, load_of: Callable[[int], Held], noun: str) -> list[Phase]:
    counts = steps(params)
    return [
        Phase(
            v.ATTACK,
            Status.MEASURING,
            max(params.step_s, params.hold_s) if at_last else params.step_s,
            load=load_of(number_open),
            sentence=f"{v.count(number_open, noun)} open",
        )
        for number_open, at_last in zip(
            counts, [False] * (len(counts) - 1) + [True], strict=True
        )
    ]


# --- the charts -----------------------------------------------------------------------

PROBE = Chart(
    "probe",
    "What the honest client waited",
    "ms",
    (Series("probe_latency_ms", "Slowest answer"),),
    help="One request on a fresh connection, again and again. Gaps: given up.",
)
WORKERS = Chart(
    "workers",
    "Workers taken, connections waiting",
    "",
    (
        Series("workers_busy", "Workers held by a connection"),
        Series("accept_queue", "Waiting to be accepted"),
    ),
    help="A worker that waits for a slow client serves nobody else.",
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
CPU = Chart(
    "cpu",
    "Processor",
    "% of one core",
    (
        Series("server_cpu_percent", "Server"),
        Series("load_cpu_percent", "Load generator"),
    ),
)


def held(title: str = "Slow connections") -> Chart:
    """Return the chart of the connections that are held."""
    return Chart(
        "slow",
        title,
        "connections",
        (
            Series("slow_held", "Held open"),
            Series("slow_target", "Wanted"),
            Series("slow_connecting", "Connecting"),
            Series("slow_refused", "Refused so far"),
            Series("slow_closed", "Closed by the server so far"),
        ),
        help="What is open, and what the server did about it.",
    )


CHARTS = (PROBE, held(), WORKERS, TASKS, MEMORY, CPU)
