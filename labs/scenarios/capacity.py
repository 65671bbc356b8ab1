"""
## The question

How many requests can the server have in hand at the same time?

## The method

Many clients ask at once for a page whose handler waits, 0.2 s by default, and each asks
again when it was answered. Nothing is computed, so the processor is not the limit: the
model is. After a warm-up, the answers are counted for some seconds.

The number served at once follows from Little's law: when every request takes `w`
seconds in the handler and `x` are answered in a second, then `x * w` are in hand on
average. All answers of those seconds count, also to requests that had begun before and
stood in the queue. If that is fewer than there are clients, the rest were waiting for
their turn, and the number is the server's limit. If it is as many as there are clients,
the limit was not reached, and the run says so.

A request is on a connection of its own each time. On kept connections the workers of a
pool would stay with the clients that came first.

## How to read the charts

- **Requests per second** is flat: the size of the pool divided by the wait.
- **Connections**: open ones are all clients; those that wait to be accepted have
  reached the kernel and no worker.
- **Workers taken** stands at the size of the pool, if there is one.
- **Processor**: low. When it is not, the machine was the limit and not the model; then
  the number is a lower bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench import verdict as v
from labs.bench.bounds import number
from labs.bench.events import TICK_S, Status, Verdict
from labs.bench.loads import ClosedLoop
from labs.bench.protocol import Operation
from labs.bench.scenario import Chart, Finding, Judgement, Phase, Plan, Scenario, Series

_REACHED = 0.9  # of the clients in hand at once: then the clients were the limit
# Between two requests a worker also accepts, reads, writes and closes. That is a few
# milliseconds of 200, and the law counts them as time in which nothing was in hand.
_CLOSE = 0.08


@dataclass(frozen=True)
class Params:
    connections: int = number(
        100, 1, 1000, label="Clients", help="How many ask at once."
    )
    wait_ms: int = number(
        200, 50, 2000, label="Wait", unit="ms", help="How long each handler waits."
    )
    duration_s: float = number(
        5.0, 1, 60, label="Duration", unit="s", help="How long to count."
    )
    warm_up_s: float = number(
        2.0, 0.5, 30, label="Warm-up", unit="s", help="Load before it, not counted."
    )


class Capacity(Scenario):
    title = "Capacity"
    question = "How many requests can it have in hand at once?"
    Params = Params
    needs = frozenset({"ping", "wait"})
    charts = (
        Chart(
            "rate",
            "Requests per second",
            "requests/s",
            (Series("requests_per_s", "Answered"), Series("errors_per_s", "Failed")),
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
            "workers",
            "Workers taken",
            "",
            (Series("workers_busy", "Held by a connection"),),
        ),
        Chart(
            "cpu",
            "Processor",
            "% of one core",
            (
                Series("server_cpu_percent", "Server"),
                Series("load_cpu_percent", "Load generator"),
            ),
        ),
    )

    def plan(self, params: Params) -> Plan:
        operation = Operation("wait", params.wait_ms)
        load = ClosedLoop(
            params.connections, operation, keep_alive=False, timeout_s=60.0
        )
        clients = v.count(params.connections, "client")
        warming = f"{clients} begin to ask; nothing is counted yet"
        counting = f"{clients} have handlers wait for {params.wait_ms} ms"
        return Plan(
            (
                Phase("warm_up", Status.WARMING, params.warm_up_s, load, warming),
                Phase("load", Status.MEASURING, params.duration_s, load, counting),
            )
        )

    def figures(self, result: Mapping[str, Any]) -> Mapping[str, float]:
        return {"served_at_once": at_once(result)}

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        findings = _findings(result)
        doubt = v.doubt(result) or ("" if rate(result) else "Nothing was answered")
        if doubt:
            return Judgement(Verdict.INCONCLUSIVE, doubt, findings)
        return Judgement(Verdict.MEASURED, _sentence(result), findings)


def rate(result: Mapping[str, Any]) -> float:
    """Return the answers in a second, from the ticks that lie wholly in the phase.

    The summary's rate is of requests that were *begun* in it, which a long queue delays
    beyond its end.
    """
    spans = [p for p in result["phases"] if p["name"] == "load" and p["end_s"]]
    times, column = result["series"]["t_s"], result["series"].get("requests_per_s", ())
    kept = [
        value
        for t_s, value in zip(times, column, strict=False)
        if value is not None
        and any(p["start_s"] + TICK_S <= t_s <= p["end_s"] for p in spans)
    ]
    return round(sum(kept) / len(kept), 1) if kept else 0.0


def at_once(result: Mapping[str, Any]) -> float:
    """Return how many requests were in hand on average, by Little's law."""
    return round(rate(result) * result["scenario"]["params"]["wait_ms"] / 1000, 1)


def _sentence(result: Mapping[str, Any]) -> str:
    served, params = at_once(result), result["scenario"]["params"]
    clients = v.count(params["connections"], "client")
    seen = (
        f"{rate(result):,.1f} answers a second to requests that take "
        f"{params['wait_ms']} ms"
    )
    if served >= _REACHED * params["connections"]:
        return f"All {clients} were served at once, and more would have been: {seen}"
    return f"{served:g} of {clients} were served at once: {seen}"


def _findings(result: Mapping[str, Any]) -> tuple[Finding, ...]:
    served = at_once(result)
    return (
        Finding("served_at_once", "Served at once", None, served, None, "requests"),
        *_pool(result, served),
        Finding(
            "requests_per_s",
            "Requests answered in a second",
            None,
            rate(result),
            None,
            "requests/s",
        ),
    )


def _pool(result: Mapping[str, Any], served: float) -> list[Finding]:
    """Compare with the size of the pool, where there is one."""
    slots = result["summary"]["worker_slots"]
    if not slots:
        return []
    wanted = min(slots, result["scenario"]["params"]["connections"])
    return [
        Finding(
            "as_many_as_workers",
            f"As many as the pool has {v.plural(result['server']['worker_noun'])}",
            abs(served - wanted) <= max(0.1, _CLOSE * wanted),
            served,
            wanted,
            "requests",
        )
    ]
