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

As a **ladder**, the run begins with one client and doubles their number up to the one
asked for. Each step is counted apart; the figures are those of the last. Where the rate
stops growing, one side has reached its limit, and further clients only wait longer.

With a **pipeline** each client sends so many requests at once and waits for all their
answers. That saves both sides system calls, so the rate is another figure than the one
without; each latency counts from when its group was sent. HTTP and Redis allow it.

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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.result_document import ResultDocument, counted_phases
from labs.bench.contracts.scenario import Finding, Judgement, Phase, Plan, Scenario
from labs.bench.contracts.settings import choice, number
from labs.bench.trust.checks import SATURATED
from labs.bench.verdicts.doubts import doubt, doubt_in, failure
from labs.bench.verdicts.reading import offered
from labs.bench.verdicts.wording import count, milliseconds, plural
from labs.scenarios import _charts

_PHASE = "load"
_NEARLY = 0.95  # of the best rate of a ladder


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
    ladder: str = choice(
        "single",
        ("single", "doubling"),
        label="Ladder",
        help="Doubling begins with one client and counts each step apart.",
    )
    pipeline: int = number(
        1,
        1,
        64,
        label="Pipeline",
        help="How many requests each client sends before it waits for their answers.",
    )
    step_s: float = number(
        2.0, 0.5, 30, label="Step", unit="s", help="How long each lower step is kept."
    )


class Throughput(Scenario):
    title = "Throughput"
    question = "How many requests a second does it answer, and how fast?"
    Params: TypeAlias = Params
    reads_changes = True
    charts = (
        _charts.RATE,
        _charts.LATENCY,
        _charts.LIMITING_CPU,
        _charts.CONNECTIONS,
        _charts.TASKS,
        _charts.MEMORY,
    )

    def wants(self, params: Params) -> Mapping[str, str]:
        return {"pipeline": "pipeline"} if params.pipeline > 1 else {}

    def plan(self, params: Params) -> Plan:
        steps = _steps(params)
        warming = Phase(
            "warm_up",
            Status.WARMING,
            params.warm_up_s,
            ClosedLoop(steps[0], pipeline=params.pipeline),
            f"{count(steps[0], 'client')} warm the server up; nothing is counted yet",
        )
        measured = [
            Phase(
                _PHASE,
                Status.MEASURING,
                params.duration_s if clients == steps[-1] else params.step_s,
                ClosedLoop(clients, pipeline=params.pipeline),
                f"{count(clients, 'client')} {_asks(clients)} as fast as answered",
            )
            for clients in steps
        ]
        return Plan((*([warming] if params.warm_up_s else []), *measured))

    def judge(self, result: ResultDocument) -> Judgement:
        summary = result["summary"]
        findings = _findings(result)
        if not summary["ok"]:
            tried = count(summary["attempts"], "request")
            return Judgement(
                Verdict.INCONCLUSIVE, f"None of {tried} was answered", findings
            )
        if doubtful := doubt(result):
            sentence = _doubtful(result, doubtful)
            return Judgement(Verdict.INCONCLUSIVE, sentence, findings)
        return Judgement(Verdict.MEASURED, _measured(result), findings)


def _steps(params: Params) -> list[int]:
    """Return the numbers of clients: 1, 2, 4, ... below the wanted one, then that."""
    if params.ladder == "single":
        return [params.connections]
    steps = [2**n for n in range(params.connections.bit_length())]
    return [n for n in steps if n < params.connections] + [params.connections]


def _asks(clients: int) -> str:
    return "asks" if clients == 1 else "ask"


def _knee(result: ResultDocument) -> tuple[int, float] | None:
    """Return the fewest clients that reach nearly the best rate, and their rate; None
    without a ladder, or where a step of it cannot be trusted."""
    steps = counted_phases(result)
    if len(steps) < 2 or doubt_in(steps):
        return None
    rates = [
        (step["load"]["connections"], step["counted"]["requests_per_s"])
        for step in steps
    ]
    best = max(rate for _, rate in rates)
    return next((n, rate) for n, rate in rates if rate >= _NEARLY * best)


def _doubted(result: ResultDocument) -> str:
    """Say why a ladder does not tell where more clients gain little; empty if it does,
    or there is none."""
    steps = counted_phases(result)
    doubted = [step for step in steps if doubt_in([step])]
    if len(steps) < 2 or not doubted:
        return ""
    clients = count(doubted[0]["load"]["connections"], "client")
    check = doubted[0]["counted"]["doubts"][0]
    return (
        f". From where on more of them gain little is not told: with {clients}, "
        f"{failure(check)}"
    )


def _measured(result: ResultDocument) -> str:
    summary, knee = result["summary"], _knee(result)
    params = result["scenario"]["params"]
    numbers = offered(result, _PHASE) or (params["connections"],)
    clients, at_a_time = count(numbers[-1], "client"), params.get("pipeline", 1)
    if at_a_time > 1:
        clients += f", {at_a_time} at a time each"
    half = milliseconds(summary["latency_p50_ms"] or 0.0)
    nearly_all = milliseconds(summary["latency_p99_ms"] or 0.0)
    sentence = (
        f"{summary['requests_per_s']:,.0f} requests/s for {clients}: half were "
        f"answered within {half}, 99 of 100 within {nearly_all}"
    )
    lost = summary["errors"] + summary["unfinished"]
    if summary["clients_starved"]:
        sentence += f"; {count(summary['clients_starved'], 'client')} got no answer"
    elif lost:
        sentence += f"; {count(lost, 'request')} never got an answer"
    if knee:
        clients = count(knee[0], "client")
        sentence += f". From {clients} on ({knee[1]:,.0f}/s) more of them gain little"
    return sentence + _doubted(result)


def _doubtful(result: ResultDocument, sentence: str) -> str:
    """Say which check failed, and what a saturated generator still proves."""
    failed = {c["slug"] for c in result["trust"]["checks"] if c["holds"] is False}
    if failed != {SATURATED}:
        return sentence
    rate = result["summary"]["requests_per_s"]
    return (
        f"At least {rate:,.0f} requests/s: the load generator was the limit, not the "
        "server, so this is a lower bound and no measurement of it"
    )


def _findings(result: ResultDocument) -> tuple[Finding, ...]:
    summary = result["summary"]
    lost = summary["errors"] + summary["unfinished"]
    return (
        Finding.figure(
            "requests_per_s",
            "Requests answered in a second",
            summary["requests_per_s"],
            "requests/s",
        ),
        Finding.figure(
            "latency_p50_ms",
            "Half of the answers came within",
            summary["latency_p50_ms"],
            "ms",
        ),
        Finding.figure(
            "latency_p99_ms",
            "99 of 100 answers came within",
            summary["latency_p99_ms"],
            "ms",
        ),
        Finding.none(
            "all_answered",
            "Every request was answered",
            lost,
            "requests without an answer",
        ),
        Finding.none(
            "all_served",
            "Every client was answered at least once",
            summary["clients_starved"],
            "clients without an answer",
        ),
        *_ladder(result),
        *_pool(result),
    )


def _ladder(result: ResultDocument) -> list[Finding]:
    if len(counted_phases(result)) < 2:
        return []
    knee = _knee(result)
    clients = knee[0] if knee else None
    statement = "The fewest clients that reach 95 % of the best rate"
    return [Finding.figure("knee_connections", statement, clients, "clients")]


def _pool(result: ResultDocument) -> list[Finding]:
    """Say how large the pool is, where there is one.

    No opinion: some models keep a worker on a kept connection, others let it go, and
    whether all clients were served is a finding of its own.
    """
    slots = result["summary"]["worker_slots"]
    if not slots:
        return []
    return [
        Finding.figure(
            "pool_size",
            "Requests that its workers can have in hand at once",
            slots,
            plural(result["server"]["worker_noun"]),
        )
    ]
