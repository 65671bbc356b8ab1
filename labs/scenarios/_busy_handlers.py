"""What the scenarios share in which clients keep the server's handlers at work."""

from __future__ import annotations

from typing import Any

from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.protocol import Operation
from labs.bench.contracts.scenario import Chart, Phase, Plan, ProbePlan, Series
from labs.bench.verdicts import reading as v

CHARTS = (
    Chart(
        "probe",
        "What the honest client waited",
        "ms",
        (Series("probe_latency_ms", "Slowest answer"),),
        help="One request on a fresh connection, again and again. Gaps: given up.",
    ),
    Chart(
        "rate",
        "Requests to the handlers",
        "requests/s",
        (Series("requests_per_s", "Answered"), Series("errors_per_s", "Failed")),
    ),
    Chart(
        "workers",
        "Workers taken, connections waiting",
        "",
        (
            Series("workers_busy", "Workers held by a connection"),
            Series("accept_queue", "Waiting to be accepted"),
        ),
    ),
    Chart(
        "cpu",
        "Processor",
        "% of one core",
        (
            Series("server_cpu_percent", "Server"),
            Series("load_cpu_percent", "Load generator"),
        ),
        help="A handler that waits costs none; one that computes takes all it gets.",
    ),
)


def plan(params: Any, operation: Operation, sentence: str) -> Plan:
    """Plan before, attack and after: the probe all the time, the load in between."""
    load = ClosedLoop(params.connections, operation, timeout_s=60.0)
    return Plan(
        phases=(
            Phase(
                v.BEFORE,
                Status.MEASURING,
                params.before_s,
                sentence="Only the honest client is here",
            ),
            Phase(v.ATTACK, Status.MEASURING, params.duration_s, load, sentence),
            Phase(
                v.AFTER,
                Status.MEASURING,
                params.after_s,
                sentence="The load is gone; waiting for the server to answer again",
                until_recovered=True,
            ),
        ),
        probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
    )
