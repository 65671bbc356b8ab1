"""
## The question

What does a connection cost? A client that keeps its connection pays for it once; one
that opens a new one for each request pays every time, and so does the server.

## The method

The same clients ask in a closed loop, twice in one run: first each on a connection that
it keeps, then each request on a connection of its own. Both parts are counted apart,
after a warm-up. What one request costs the server is its processor time divided by the
number of answers, in each part; the difference is what a connection costs.

With a pause after each answer neither side is at its limit. The rates then say nothing,
and the cost is measured as well for a server that is faster than the generator.

A model that makes something for each connection, a process or a thread, pays for that
here, and only here. A pool and a loop make an entry.

A pool with fewer workers than clients serves the first ones as long as they keep their
connections, and the others never; on new connections all have their turn. And a server
may close every connection after its answer, whatever the client wants. The sentence
says so in both cases. A server that ends under the load, by its sandbox's limit of
memory, say, is *denied*.

Clients use several loopback addresses, so that the ports of finished connections, which
the kernel keeps for a while (TIME_WAIT), are not used up.

## How to read the charts

- **Requests per second** falls where the second part begins. How far is the answer.
- **Processor**: the server should be at its limit in both parts. Where only the
  generator is, the rate is a lower bound: the sentence then says *at least*, and a
  second part like that proves nothing.
- **Processes and threads** rise and fall with every connection where one is made for
  each; five looks a second see only some of them.
"""

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.result_document import (
    CountedEntry,
    ResultDocument,
    counted_phases,
)
from labs.bench.contracts.scenario import Finding, Judgement, Phase, Plan, Scenario
from labs.bench.contracts.settings import number
from labs.bench.trust.checks import SATURATED
from labs.bench.verdicts.doubts import doubt, doubt_in
from labs.bench.verdicts.reading import ServerEnd, server_end
from labs.bench.verdicts.wording import count, seconds
from labs.scenarios import _charts

KEPT, CHURN = "kept", "churn"
_NEVER_KEPT = ", and no other way: this server keeps no connection"


@dataclass(frozen=True)
class Params:
    connections: int = number(
        8, 1, 500, label="Clients", help="How many ask at once, in both parts."
    )
    duration_s: float = number(
        5.0, 1, 60, label="Duration", unit="s", help="How long to measure each part."
    )
    warm_up_s: float = number(
        1.0, 0.5, 30, label="Warm-up", unit="s", help="Load before each, not counted."
    )
    pause_ms: int = number(
        0,
        0,
        1000,
        label="Pause",
        unit="ms",
        help="Of each client after an answer. With one neither side is at its limit, "
        "and the cost of a request is what is compared.",
    )


class ConnectionChurn(Scenario):
    title = "Connection churn"
    question = "What does a new connection for each request cost?"
    Params: TypeAlias = Params
    charts = (
        _charts.RATE,
        _charts.LATENCY,
        _charts.LIMITING_CPU,
        _charts.TASKS,
        _charts.CONNECTIONS,
    )

    def plan(self, params: Params) -> Plan:
        clients = count(params.connections, "client")
        parts = (
            (KEPT, True, f"{clients} ask on connections that they keep"),
            (CHURN, False, f"{clients} ask on a new connection each time"),
        )
        phases = []
        for name, keep_alive, sentence in parts:
            load = ClosedLoop(
                params.connections,
                keep_alive=keep_alive,
                think_s=params.pause_ms / 1000,
            )
            warm = f"{sentence}; nothing is counted yet"
            phases += [
                Phase("warm_up", Status.WARMING, params.warm_up_s, load, warm),
                Phase(name, Status.MEASURING, params.duration_s, load, sentence),
            ]
        return Plan(tuple(phases), may_end=True)

    def judge(self, result: ResultDocument) -> Judgement:
        kept, churn = _of(result, KEPT), _of(result, CHURN)
        findings = _findings(kept, churn)
        end = server_end(result)
        if end is None and not (churn and churn["ok"]):
            doubtful = "No request on a connection of its own was answered"
        else:
            # A rate on kept connections that the generator limited is shown as such.
            kept_phases = counted_phases(result, KEPT)
            doubtful = doubt(result) or doubt_in(kept_phases, but=SATURATED)
        if doubtful:
            return Judgement(Verdict.INCONCLUSIVE, doubtful, findings)
        if end or churn is None:
            assert end is not None
            return Judgement(Verdict.DENIED, _ended(result, end), findings)
        paced = bool(result["scenario"]["params"].get("pause_ms"))
        sentence = _costs_alone if paced else _sentence
        return Judgement(Verdict.MEASURED, sentence(kept, churn), findings)


def _of(result: ResultDocument, name: str) -> CountedEntry | None:
    phases = counted_phases(result, name)
    return phases[-1]["counted"] if phases else None


def cpu_each_us(counted: CountedEntry | None) -> float | None:
    """Return the server's processor time for an answer, in microseconds."""
    if counted is None:
        return None
    percent, per_s = counted["server_cpu_percent"], counted["requests_per_s"]
    return round(1e4 * percent / per_s, 1) if percent is not None and per_s else None


def _ended(result: ResultDocument, end: ServerEnd) -> str:
    """Say that the server ended, how, and what was asked of it then."""
    clients = count(result["scenario"]["params"]["connections"], "client")
    load = result["phases"][-1]["load"]
    how = (
        "connections that they kept"
        if load and load["keep_alive"]
        else "a new connection each time"
    )
    return (
        f"While {clients} asked on {how}, the server was gone from "
        f"{seconds(end.t_s)} on: {end.sentence}"
    )


def _costs_alone(kept: CountedEntry | None, churn: CountedEntry) -> str:
    """Say what a request costs, where pauses decided how many there were."""
    each = cpu_each_us(churn)
    if each is None:
        return "What a request costs the server was not seen"
    sentence = (
        f"A request on a connection of its own costs the server {each:,.0f} µs of "
        "processor time"
    )
    on_kept = cpu_each_us(kept)
    if kept is None or on_kept is None:
        return sentence
    if not _keeps(kept):
        return sentence + _NEVER_KEPT
    return f"{sentence}, {on_kept:,.0f} on a kept one{_starved(kept)}"


def _sentence(kept: CountedEntry | None, churn: CountedEntry) -> str:
    sentence = f"{churn['requests_per_s']:,.0f} requests/s with a connection for each"
    if kept is None or not kept["requests_per_s"] or not churn["requests_per_s"]:
        return sentence
    if not _keeps(kept):
        return sentence + _NEVER_KEPT
    times = kept["requests_per_s"] / churn["requests_per_s"]
    least = "at least " if kept["generator_limited"] else ""
    sentence += f", {least}{kept['requests_per_s']:,.0f} on kept ones: "
    sentence += f"{least}{times:.1f} times as many"
    on_kept, each = cpu_each_us(kept), cpu_each_us(churn)
    if on_kept is not None and each is not None:
        sentence += (
            f". A request costs the server {each:,.0f} µs of processor time "
            f"instead of {on_kept:,.0f}"
        )
    sentence += _starved(kept)
    if lost := churn["errors"] + churn["unfinished"]:
        sentence += f"; {count(lost, 'request')} on new connections got no answer"
    return sentence


def _starved(kept: CountedEntry) -> str:
    """Say who was never served, where a pool had fewer workers than clients."""
    starved = kept["clients_starved"]
    if not starved:
        return ""
    who = count(starved, "client")
    return f"; while others kept their connections, {who} got no answer at all"


def _keeps(kept: CountedEntry) -> bool:
    """Say whether connections were used again, where clients wanted to keep them."""
    return kept["connections_opened"] * 2 <= kept["ok"]


def _findings(
    kept: CountedEntry | None, churn: CountedEntry | None
) -> tuple[Finding, ...]:
    lost = churn["errors"] + churn["unfinished"] if churn else 0
    return (
        Finding.figure(
            "churn_per_s",
            "Requests answered in a second, each on its own connection",
            churn["requests_per_s"] if churn else None,
            "requests/s",
        ),
        Finding.figure(
            "kept_per_s",
            "Requests answered in a second, on kept connections",
            kept["requests_per_s"] if kept else None,
            "requests/s",
        ),
        Finding.figure(
            "churn_cpu_us",
            "The server's processor time for one, on its own connection",
            cpu_each_us(churn),
            "µs",
        ),
        Finding.figure(
            "kept_cpu_us",
            "The server's processor time for one, on a kept connection",
            cpu_each_us(kept),
            "µs",
        ),
        Finding.none(
            "all_answered",
            "Every request on its own connection was answered",
            lost,
            "requests without an answer",
        ),
    )
