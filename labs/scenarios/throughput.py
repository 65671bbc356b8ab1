"""
## The question

How many requests does the server answer in a second, and how long does one take, when
a fixed number of clients ask as fast as they are answered?

## The method

A **closed loop**: each of the virtual clients keeps one connection open, sends the
smallest request there is, waits for the answer and sends the next. So there are never
more requests in flight than clients, and a slower server is asked less often. That is
how a fixed group of impatient users behaves, and it is *not* how the open internet
does: there, requests arrive whatever became of the ones before. Latencies from a
closed loop are therefore kind to a server that stalls.

After a warm-up, which is not counted, everything is measured for the given time. Then
no more requests are sent, and those on their way get a moment to come home. Latency
runs from the instant a request was due to the last byte of its answer. Requests that
were never answered are counted as *unfinished* or as timeouts. They are never left
out.

Server and generator have a processor core each where the machine has two.

## How to read the charts

- **Requests per second** should be flat. Waves mean that something else wanted the
  machine, or that the server does its housekeeping.
- **Latency**: half of the answers are below p50, 99 of 100 below p99. With `c` clients
  and `x` answers a second the mean latency *must* be close to `c / x` (Little's law);
  a run in which it is not is marked as not trustworthy.
- **Processor**: when the server's line is at 100 % of its core, the server is the
  limit. When only the generator's is, the figure is a lower bound and the run is
  inconclusive.

**Small pools.** Keep-alive binds a client to the worker that accepted it. A pool of 8
processes then serves 8 of 64 clients, quickly, for as long as they go on, and the
other 56 wait in the queue. Its rate looks good, its median latency excellent, and most
of its users get nothing. The sentence says how many got no answer while it was
measured: look at that before comparing the rate with anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench import verdict as v
from labs.bench.bounds import number
from labs.bench.events import Status, Verdict
from labs.bench.loads import ClosedLoop
from labs.bench.scenario import Chart, Finding, Judgement, Phase, Plan, Scenario, Series


@dataclass(frozen=True)
class Params:
    connections: int = number(
        64,
        1,
        1000,
        label="Connections",
        help="How many clients ask at once, each on its own kept connection.",
    )
    duration_s: float = number(
        10.0, 1, 120, label="Duration", unit="s", help="How long to measure."
    )
    warm_up_s: float = number(
        2.0, 0, 30, label="Warm-up", unit="s", help="Load before it, not counted."
    )


class Throughput(Scenario):
    title = "Throughput"
    question = "How many requests a second does it answer, and how fast?"
    Params = Params
    charts = (
        Chart(
            "rate",
            "Requests per second",
            "requests/s",
            (
                Series("requests_per_s", "Answered"),
                Series("errors_per_s", "Failed"),
            ),
            help="Answers in each fifth of a second, over its length.",
        ),
        Chart(
            "latency",
            "Latency",
            "ms",
            (
                Series("latency_p50_ms", "Half within (p50)"),
                Series("latency_p90_ms", "90 of 100 within (p90)"),
                Series("latency_p99_ms", "99 of 100 within (p99)"),
            ),
            help="From the instant a request was due to the end of its answer.",
        ),
        Chart(
            "cpu",
            "Processor",
            "% of one core",
            (
                Series("server_cpu_percent", "Server"),
                Series("load_cpu_percent", "Load generator"),
            ),
            help="Whichever is at its limit decides the rate.",
        ),
        Chart(
            "connections",
            "Connections",
            "connections",
            (
                Series("connections_open", "Open"),
                Series("in_flight", "Waiting for an answer"),
                Series("accept_queue", "Waiting to be accepted"),
            ),
        ),
        Chart(
            "tasks",
            "Processes and threads",
            "",
            (
                Series("server_threads", "Threads"),
                Series("server_processes", "Processes"),
            ),
        ),
        Chart(
            "memory",
            "Memory",
            "MiB",
            (Series("server_rss_bytes", "Resident"),),
            per_unit=2**20,
        ),
    )

    def plan(self, params: Params) -> Plan:
        load = ClosedLoop(params.connections)
        clients = v.count(params.connections, "client")
        warm_up = Phase(
            "warm_up",
            Status.WARMING,
            params.warm_up_s,
            load,
            f"{clients} warm the server up; nothing is counted yet",
        )
        measured = Phase(
            "load",
            Status.MEASURING,
            params.duration_s,
            load,
            f"{clients} ask as fast as they are answered",
        )
        return Plan((warm_up, measured) if params.warm_up_s else (measured,))

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        summary = result["summary"]
        findings = _findings(result)
        if not summary["ok"]:
            tried = v.count(summary["attempts"], "request")
            return Judgement(
                Verdict.INCONCLUSIVE, f"None of {tried} was answered", findings
            )
        doubt = v.doubt(result)
        if doubt:
            return Judgement(Verdict.INCONCLUSIVE, _doubtful(result, doubt), findings)
        return Judgement(Verdict.MEASURED, _measured(result), findings)


def _measured(result: Mapping[str, Any]) -> str:
    summary = result["summary"]
    clients = v.count(result["scenario"]["params"]["connections"], "client")
    half = v.milliseconds(summary["latency_p50_ms"])
    nearly_all = v.milliseconds(summary["latency_p99_ms"])
    sentence = (
        f"{summary['requests_per_s']:,.0f} requests/s for {clients}: half were "
        f"answered within {half}, 99 of 100 within {nearly_all}"
    )
    lost = summary["errors"] + summary["unfinished"]
    if summary["clients_starved"]:
        sentence += f"; {v.count(summary['clients_starved'], 'client')} got no answer"
    elif lost:
        sentence += f"; {v.count(lost, 'request')} never got an answer"
    return sentence


def _doubtful(result: Mapping[str, Any], doubt: str) -> str:
    """Say which check failed, and what a saturated generator still proves."""
    failed = {c["slug"] for c in result["trust"]["checks"] if c["holds"] is False}
    if failed != {"generator_not_saturated"}:
        return doubt
    rate = result["summary"]["requests_per_s"]
    return (
        f"At least {rate:,.0f} requests/s: the load generator was the limit, not the "
        "server, so this is a lower bound and no measurement of it"
    )


def _findings(result: Mapping[str, Any]) -> tuple[Finding, ...]:
    summary = result["summary"]
    lost = summary["errors"] + summary["unfinished"]
    return (
        Finding(
            "requests_per_s",
            "Requests answered in a second",
            None,
            summary["requests_per_s"],
            None,
            "requests/s",
        ),
        Finding(
            "latency_p50_ms",
            "Half of the answers came within",
            None,
            summary["latency_p50_ms"],
            None,
            "ms",
        ),
        Finding(
            "latency_p99_ms",
            "99 of 100 answers came within",
            None,
            summary["latency_p99_ms"],
            None,
            "ms",
        ),
        Finding(
            "all_answered",
            "Every request was answered",
            lost == 0,
            lost,
            0,
            "requests without an answer",
        ),
        Finding(
            "all_served",
            "Every client was answered at least once",
            summary["clients_starved"] == 0,
            summary["clients_starved"],
            0,
            "clients without an answer",
        ),
        *_pool(result),
    )


def _pool(result: Mapping[str, Any]) -> list[Finding]:
    """Say how large the pool is, where there is one.

    No opinion: some models keep a worker on a kept connection, others let it go, and
    whether all clients were served is a finding of its own.
    """
    slots = result["summary"]["worker_slots"]
    if not slots:
        return []
    return [
        Finding(
            "pool_size",
            "Requests that its workers can have in hand at once",
            None,
            slots,
            None,
            v.plural(result["server"]["worker_noun"]),
        )
    ]
