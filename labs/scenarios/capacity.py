"""
## The question

How many requests can the server have in hand at the same time?

## The method

Many clients ask at the same instant, each once, for a page whose handler waits, one
second by default. Nothing is computed, so the processor is not the limit: the model is.
Each client is on a connection of its own.

Those that the server takes in hand at once are answered after that second. All others
stand in a queue until one of the first is done, and could be answered after two seconds
at the earliest. So the answers that have come after one and a half are counted: as many
requests were in hand together, and one more was not. Nobody waits any longer, and the
run is over.

If every client was answered, the limit was not reached, and the run says so. Nor was it
where the accept queue (the setting *backlog*) had no room for some: they never came to
the server. Unless every worker of a pool had a client, the run is then *inconclusive*.

## How to read the charts

- **Connections**: open ones are all clients; those that wait to be accepted have
  reached the kernel and no worker.
- **Workers taken** stands at the size of the pool, if there is one.
- **Processor**: low. When it is not, the machine was the limit and not the model; then
  the number is a lower bound.

What this does not show: how a server behaves when requests keep coming. For that, see
*waiting handler* and *latency*.
"""

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.protocol import Operation
from labs.bench.contracts.result_document import ResultDocument, counted_phases
from labs.bench.contracts.scenario import (
    Chart,
    Finding,
    Judgement,
    Phase,
    Plan,
    Scenario,
    Series,
)
from labs.bench.contracts.settings import number
from labs.bench.contracts.summary import Summary
from labs.bench.verdicts.doubts import doubt
from labs.bench.verdicts.reading import column
from labs.bench.verdicts.wording import count, plural
from labs.scenarios import _charts

_PHASE = "at_once"
_PATIENCE = 1.5  # of the wait: half way between the first answers and the second ones
_AFTER_S = 0.3  # until the last deadline has been looked at, and a tick has shown it
_PAUSE_S = 0.4  # between warm-up and measurement: for connections to be gone


@dataclass(frozen=True)
class Params:
    connections: int = number(
        100, 1, 1000, label="Clients", help="How many ask at the same instant."
    )
    wait_ms: int = number(
        1000,
        200,
        10_000,
        label="Wait",
        unit="ms",
        help="How long each handler waits. Long against what accepting them takes.",
    )
    warm_up_s: float = number(
        1.0, 0, 30, label="Warm-up", unit="s", help="One client before it, not counted."
    )


class Capacity(Scenario):
    title = "Capacity"
    question = "How many requests can it have in hand at once?"
    Params: TypeAlias = Params
    needs = frozenset({"ping", "wait"})
    charts = (
        _charts.CONNECTIONS,
        Chart(
            "workers",
            "Workers taken",
            "",
            (Series("workers_busy", "Held by a connection"),),
        ),
        _charts.LIMITING_CPU,
    )

    def plan(self, params: Params) -> Plan:
        wait_s = params.wait_ms / 1000
        load = ClosedLoop(
            params.connections,
            Operation("wait", params.wait_ms),
            keep_alive=False,
            timeout_s=_PATIENCE * wait_s,
            connect_timeout_s=_PATIENCE * wait_s,
            once=True,
        )
        clients = count(params.connections, "client")
        return Plan(
            (
                *_warm_up(params),
                Phase(
                    _PHASE,
                    Status.MEASURING,
                    _PATIENCE * wait_s + _AFTER_S,
                    load,
                    f"{clients} have handlers wait for {params.wait_ms} ms",
                ),
            )
        )

    def figures(self, result: ResultDocument) -> Summary:
        return {"served_at_once": at_once(result)}

    def judge(self, result: ResultDocument) -> Judgement:
        findings = _findings(result)
        doubtful = doubt(result) or _too_little(result)
        if doubtful:
            return Judgement(Verdict.INCONCLUSIVE, doubtful, findings)
        return Judgement(Verdict.MEASURED, _sentence(result), findings)


def _warm_up(params: Params) -> list[Phase]:
    if not params.warm_up_s:
        return []
    asking = "1 client warms the server up; nothing is counted yet"
    ping = ClosedLoop(1, keep_alive=False)
    return [
        Phase("warm_up", Status.WARMING, params.warm_up_s, ping, asking),
        Phase("pause", Status.WARMING, _PAUSE_S, None, "Nobody asks"),
    ]


def at_once(result: ResultDocument) -> int | None:
    """Return how many requests were answered in one go; None where none were counted.

    None also for a result from before this was counted so.
    """
    phases = counted_phases(result, _PHASE)
    return phases[-1]["counted"]["ok"] if phases else None


def _too_little(result: ResultDocument) -> str:
    """Return why the number is not the server's limit; empty if it may be."""
    served, slots = at_once(result), result["summary"]["worker_slots"]
    if not served:
        return "Nothing was answered"
    left = result["scenario"]["params"]["connections"] - served
    turned_away = min(left, _overflows(result))
    if turned_away <= 0 or (slots and served >= slots):
        return ""
    return (
        f"{count(served, 'client')} of {served + left:,} were served at once, and "
        f"{turned_away:,} found no room in the accept queue: more might have been. "
        "With a larger backlog it can be seen"
    )


def _overflows(result: ResultDocument) -> int:
    """Return how often the accept queue had no room while the clients asked."""
    start_s = counted_phases(result, _PHASE)[-1]["start_s"]
    rows = column(result["series"], "listen_overflows")
    before = [n for t_s, n in rows if t_s <= start_s and n is not None]
    known = [n for _, n in rows if n is not None]
    return int(known[-1] - (before[-1] if before else 0)) if known else 0


def _sentence(result: ResultDocument) -> str:
    served, params = at_once(result) or 0, result["scenario"]["params"]
    clients = count(params["connections"], "client")
    were = "was" if served == 1 else "were"
    if served >= params["connections"]:
        return f"All {clients} {were} served at once, and more might have been"
    left = params["connections"] - served
    return f"{served:,} of {clients} {were} served at once; {left:,} had to wait"


def _findings(result: ResultDocument) -> tuple[Finding, ...]:
    served = at_once(result)
    return (
        Finding.figure("served_at_once", "Served at once", served, "requests"),
        *_pool(result, served),
    )


def _pool(result: ResultDocument, served: int | None) -> list[Finding]:
    """Compare with the size of the pool, where there is one."""
    slots = result["summary"]["worker_slots"]
    if not slots or served is None:
        return []
    wanted = min(slots, result["scenario"]["params"]["connections"])
    return [
        Finding(
            "as_many_as_workers",
            f"As many as the pool has {plural(result['server']['worker_noun'])}",
            served == wanted,
            served,
            wanted,
            "requests",
        )
    ]
