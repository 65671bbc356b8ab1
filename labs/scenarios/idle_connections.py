"""
## The question

Most connections of a busy site do nothing: a page was read, the next click has not
come. How many can be open at once, what does each cost, and is a newcomer still
answered? In 1999 Dan Kegel called this the C10k problem: ten thousand clients at once
on one machine.

- A thread or a process for each connection sleeps until something comes. It costs a
  stack, an entry of the scheduler, and at some number there is no further one.
- A pool gives a worker to each connection for as long as it is open, busy or not, and
  is used up by as many idle clients as it has workers.
- An event loop keeps an entry in a table. Neither threads nor processes grow.

## The method

1. *Before*: an honest client, the **probe**, asks for the smallest page the server
   has, on a fresh connection every 0.2 s, and gives up on each after 1 s. It is a
   process of its own.
2. *Attack*: connections are opened in steps (1, 2, 4, 8, ... up to 10,000 by default)
   and kept. Nobody is hostile here; the phase has the same name as elsewhere. By
   default each has one small request answered first, as a browser that keeps its
   connection does; else it never says a word. One that the server closes comes again
   after a second. Once three probes in a row have failed, the number is kept for a few
   seconds and the attack ends.
3. *After*: all are closed at once. The run ends when three probes in a row were
   answered again, or when the longest wait is over.

A step counts as **denied** when more than half of the probes that fell due in it were
not answered, or when the server itself ended in it or after it (by its limit of memory,
say): then the run is over, too. The verdict is *denied* when there is such a step;
*degrades* when some probes failed, or when a typical answer took more than five times
as long as before and more than 100 ms; *holds* otherwise. It is *inconclusive* when the
server did not answer before, when the instrument was late, or when fewer connections
were held than asked for and the server was not the reason.

The cost of a connection is by how much the server's memory grew, divided by how many
were held. It is told from 50 connections on: the growth of a few is lost among what the
server does anyway.

## How to read the charts

- **Connections**: a server that closes idle ones after its keep-alive time shows it
  here, as *closed by the server*. One with a limit of its own (`max_connections`) stops
  there, whatever its model could; set it higher and look again.
- **Processes and threads**: level, or one step with each step of connections. This is
  the difference between the models.
- **Memory**: the slope is what one connection costs. What the kernel keeps for it is
  not in the server's memory.
- **The honest client**: an idle connection should cost nobody time.

Apache tells the kernel not to hand over a connection before there is something to read
(`TCP_DEFER_ACCEPT`). Clients that never say a word then wait in the kernel and hold no
worker, which is no merit of the concurrency model; after one request they do.

What this does not show: connections that are idle for hours, and the moment when all
of them ask at once.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.loads import IdleConnections as Idle
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import Finding, Judgement, PhaseName
from labs.bench.contracts.settings import flag
from labs.bench.verdicts.attack import AttackRun, Nouns
from labs.bench.verdicts.reading import column, latency_median_ms
from labs.bench.verdicts.wording import count
from labs.scenarios import _held_connections as held
from labs.scenarios import _honest_client as honest_client

_ENOUGH = 50  # connections, before the growth of memory is divided by their number
# A runtime may start a few threads when it is first busy. This many do not depend on
# the number of connections, or fewer than one for a hundred of them.
_FEW_TASKS, _PER_TASK = 8, 100


@dataclass(frozen=True)
class Params:
    connections: int = held.connections(10_000, 50_000, "Connections")
    growth: str = held.growth()
    ask_first: bool = flag(
        True,
        label="Ask first",
        help="Each has one small request answered, then is idle; else it never says "
        "a word.",
    )
    # Three probes can just fail in it, and 10,000 are reached within half a minute.
    step_s: float = held.step_s(1.6)
    before_s: float = honest_client.before_s()
    hold_s: float = held.hold_s()
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s()


class IdleConnections(held.HeldConnections):
    title = "Idle connections"
    question = "How many idle connections can it hold, and what does each cost?"
    Params: TypeAlias = Params
    nouns = Nouns("idle connection", "an idle client", "idle clients")
    charts = held.charts("Connections")

    def load(self, params: Params, connections: int) -> Idle:
        return Idle(connections, params.ask_first)

    def judge(self, result: ResultDocument) -> Judgement:
        judgement = super().judge(result)
        run = AttackRun(result, self.steps_of(result), self.nouns)
        judgement = replace(judgement, findings=(*judgement.findings, *_findings(run)))
        if judgement.verdict is Verdict.INCONCLUSIVE:
            return judgement
        return replace(judgement, sentence=judgement.sentence + _cost(result))


def _findings(run: AttackRun) -> list[Finding]:
    return [
        *_tasks_finding(run),
        *_memory_finding(run),
        *_latency_finding(run),
        *_limit_finding(run),
    ]


def _cost(result: ResultDocument) -> str:
    """Say what the connections cost; empty where too few were held."""
    each, grown = _bytes_each(result), _grown(result, "server_threads")
    if each is None or grown is None:
        return ""
    memory = (
        f"Each took {each:,.0f} bytes of the server's memory"
        if each > 0
        else "Its memory did not grow measurably"
    )
    if grown <= _few(result["summary"]["connections_held_max"]):
        return f". {memory}, and processes and threads did not grow with them"
    # Every process has a thread.
    processes = _grown(result, "server_processes") or 0
    noun = "more process" if processes * 2 >= grown else "more thread"
    return f". {memory}, and {count(grown, noun)} came with them"


def _few(held: int) -> int:
    return max(_FEW_TASKS, held // _PER_TASK)


def _bytes_each(result: ResultDocument) -> float | None:
    summary = result["summary"]
    each = summary["bytes_per_connection"]
    return each if summary["connections_held_max"] >= _ENOUGH else None


def _grown(result: ResultDocument, name: str) -> int | None:
    """Return by how much a series was at most above its value before the attack."""
    attacks = [p for p in result["phases"] if p["name"] == PhaseName.ATTACK]
    if not attacks:
        return None
    start_s, rows = attacks[0]["start_s"], column(result["series"], name)
    before = [value for t_s, value in rows if t_s <= start_s and value is not None]
    since = [value for t_s, value in rows if t_s > start_s and value is not None]
    return max(0, int(max(since) - before[-1])) if before and since else None


def _tasks_finding(run: AttackRun) -> tuple[Finding, ...]:
    grown = _grown(run.result, "server_threads")
    if grown is None:
        return ()
    few = _few(run.summary["connections_held_max"])
    statement = "Processes and threads do not grow with the connections"
    return (
        Finding(
            "tasks_constant",
            statement,
            grown <= few,
            grown,
            f"at most {few}",
            "more tasks",
        ),
    )


def _memory_finding(run: AttackRun) -> tuple[Finding, ...]:
    each = _bytes_each(run.result)
    if each is None:
        return ()
    statement = "Memory that the server took for each connection"
    return (Finding.figure("bytes_each", statement, round(each), "bytes"),)


def _latency_finding(run: AttackRun) -> tuple[Finding, ...]:
    before_ms = latency_median_ms(run.reading.during(PhaseName.BEFORE))
    during_ms = latency_median_ms(run.reading.during(PhaseName.ATTACK))
    if before_ms is None or during_ms is None:
        return ()
    statement = "What a typical probe took while connections were held"
    before = f"{before_ms:.2f} before"
    return (
        Finding("probe_latency", statement, None, round(during_ms, 2), before, "ms"),
    )


def _limit_finding(run: AttackRun) -> tuple[Finding, ...]:
    if run.own_limit is None:
        return ()
    statement = "The limit of connections among its settings (max_connections)"
    return (Finding.figure("own_limit", statement, run.own_limit, ""),)
