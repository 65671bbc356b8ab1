"""
## The question

A web server must read a request before it can answer it, and the client decides how
fast the request arrives. What happens to everybody else when some clients never
finish?

Slowloris (Robert Hansen, 2009) is that client. It opens connections, sends the
beginning of a request head, and from then on one more header line every few seconds:
enough to stay below every timeout that waits for *silence*, never enough to be a
request. It needs almost no bandwidth. Whether it hurts depends on what a waiting
connection costs the server, and that is a matter of the server's concurrency model:

- one process that serves one connection at a time is taken by a single slow client;
- a pool of N processes or threads is taken by N of them;
- an event loop keeps a few hundred bytes for each and goes on.

## The method

Three parts follow each other.

1. *Before*: an honest client, the **probe**, asks for the smallest page the server
   has. It opens a fresh connection every 0.2 s, whatever became of the ones before,
   and gives up on each after 1 s. It is a process of its own, so that the attacker
   cannot slow it.
2. *Attack*: slow connections are opened in steps (1, 2, 4, 8, ... by default). Each
   sends one more header line every 5 s. Once three probes in a row have failed, no
   further connections are opened: the denial is kept for a few seconds and the attack
   ends.
3. *After*: all slow connections are closed at once. The run ends when three probes in
   a row were answered again, or when the longest wait is over.

A step counts as **denied** when more than half of the probes that fell due in it were
not answered. The verdict is *denied* when there is such a step; *degrades* when some
probes failed, or when a typical answer took more than five times as long as before and
more than 100 ms; *holds* otherwise. It is *inconclusive* when the server did not
answer before the attack, when the instrument was late, or when fewer connections were
held than the test asked for and the server was not the reason.

## How to read the charts

- **The honest client** is what a visitor would feel. Gaps are requests given up.
- **Slow connections**: wanted, held open, refused, closed by the server. A server that
  closes them defends itself, which shows here and not in the probe.
- **Workers**: how many stand in a system call in which a connection occupies them.
  When this line reaches the size of the pool, the probe stops being answered.
- **Waiting to be accepted**: connections that the kernel has completed and that no
  worker has taken. Honest clients stand in this queue, behind nobody who will ever
  finish.
- **Processes and threads, memory, processor**: a denied server is usually *idle*. That
  is the point of the attack.

What this does not show: an attack over a network with losses, a server behind a proxy
that reads whole requests first, and limits per client address, since all clients here
have the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench import siege
from labs.bench import verdict as v
from labs.bench.bounds import choice, number
from labs.bench.events import Status
from labs.bench.scenario import (
    Chart,
    Judgement,
    Phase,
    Plan,
    ProbePlan,
    Scenario,
    Series,
    SlowHeads,
)


@dataclass(frozen=True)
class Params:
    connections: int = number(
        1000, 1, 5000, label="Slow connections", help="How many to open in the end."
    )
    growth: str = choice(
        "doubling",
        ("doubling", "at_once"),
        label="Growth",
        help="Doubling finds the number that denies; at once is the plain attack.",
    )
    # Long enough for three probes to fail in it: 0.2 + 0.2 + 1.0 s and a tick.
    step_s: float = number(
        2.0, 0.5, 30, label="Step", unit="s", help="How long each number is kept."
    )
    interval_s: float = number(
        5.0,
        0.5,
        60,
        label="Header interval",
        unit="s",
        help="How often each slow client sends one more header line.",
    )
    before_s: float = number(
        2.0, 1, 30, label="Before", unit="s", help="How long to look before the attack."
    )
    hold_s: float = number(
        5.0,
        1,
        60,
        label="Hold",
        unit="s",
        help="How long a denial, or the last step, is kept before the attack ends.",
    )
    after_s: float = number(
        10.0,
        1,
        60,
        label="After",
        unit="s",
        help="The longest wait for the server to answer again.",
    )
    probe_interval_s: float = number(
        0.2, 0.05, 2, label="Probe every", unit="s", help="How often the probe asks."
    )
    probe_timeout_s: float = number(
        1.0, 0.1, 10, label="Probe limit", unit="s", help="When the probe gives up."
    )


class Slowloris(Scenario):
    title = "Slowloris"
    question = "How many slow clients deny the server to everybody else?"
    Params = Params
    charts = (
        Chart(
            "probe",
            "What the honest client waited",
            "ms",
            (Series("probe_latency_ms", "Slowest answer"),),
            help="One request on a fresh connection, again and again. Gaps: given up.",
        ),
        Chart(
            "slow",
            "Slow connections",
            "connections",
            (
                Series("slow_held", "Held open"),
                Series("slow_target", "Wanted"),
                Series("slow_connecting", "Connecting"),
                Series("slow_refused", "Refused so far"),
                Series("slow_closed", "Closed by the server so far"),
            ),
            help="What the attacker has open, and what the server did about it.",
        ),
        Chart(
            "workers",
            "Workers taken, connections waiting",
            "",
            (
                Series("workers_busy", "Workers held by a connection"),
                Series("accept_queue", "Waiting to be accepted"),
            ),
            help="A worker that waits for a slow client serves nobody else.",
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
        return Plan(
            phases=(_before(params), *_attack(params), _after(params)),
            probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
            denied_hold_s=params.hold_s,
        )

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        params = Params(**result["scenario"]["params"])
        return siege.judge(result, _counts(params))


def _before(params: Params) -> Phase:
    return Phase(
        v.BEFORE,
        Status.MEASURING,
        params.before_s,
        sentence="Only the honest client is here",
    )


def _attack(params: Params) -> list[Phase]:
    counts = _counts(params)
    return [
        Phase(
            v.ATTACK,
            Status.MEASURING,
            max(params.step_s, params.hold_s) if at_last else params.step_s,
            load=SlowHeads(connections, params.interval_s),
            sentence=f"{v.count(connections, 'slow connection')} open",
        )
        for connections, at_last in zip(
            counts, [False] * (len(counts) - 1) + [True], strict=True
        )
    ]


def _after(params: Params) -> Phase:
    return Phase(
        v.AFTER,
        Status.MEASURING,
        params.after_s,
        sentence="The slow clients are gone; waiting for the server to answer again",
        until_recovered=True,
    )


def _counts(params: Params) -> list[int]:
    """Return the steps: 1, 2, 4, ... below the wanted number, then that number."""
    if params.growth == "at_once":
        return [params.connections]
    counts = [1]
    while counts[-1] * 2 < params.connections:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == params.connections else [*counts, params.connections]
