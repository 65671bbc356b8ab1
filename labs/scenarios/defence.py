"""
## The question

The usual answer to Slowloris is a limit: a request head must be complete within some
seconds, however steadily it arrives. What does such a limit change, and what does it
cost those who are slow and honest?

It frees a worker that a slow client holds. It does not send the attacker away: whoever
is cut off comes again. So a pool of N workers gets N turns per limit, and honest
clients stand in the queue among the attackers. With twice as many attackers as workers
everybody waits a turn or two; with a hundred times as many nobody notices the limit.

Somebody on a bad line sends a request slowly, too. A limit cannot tell the two apart.

## The method

The same attack is run twice, against the same server: first with its limit for request
heads off, then with the limit on. In between the server is started anew. Each time:

1. *Before*: two honest clients. The **probe** asks for the smallest page on a fresh
   connection every 0.2 s and gives up after 4 s: it is a patient visitor. The **slow
   visitor** needs 3 s to send its whole request, in ten pieces, and a new one comes
   while the one before is still half way. Both are processes of their own.
2. *Attack*: all slow connections at once. Each sends one more header line every second
   and never ends its head; one that the server closes comes again after a second. The
   probes of the first 8 s count, and the attack goes on until the last of them has been
   answered or has given up.
3. *After*: the attackers leave, and the probe is answered again.

The verdict is that of the second time. An attack is *denied* when more than half of its
probes were not answered, or when it ended the server itself; *degrades* when some were
not, or when a typical answer took more than five times as long as before and more than
100 ms; *holds* otherwise. It is *inconclusive* when the server did not answer before,
when the instrument was late, or when there were fewer attackers than workers, so that
there was nothing to defend.

What the limit costs is read from the slow visitor before the attack: was it answered
without the limit, and is it with it? It is when it needs less time than the limit.

## How to read the charts

- **The honest client**: two attacks, one after the other. In the first a pool shows a
  gap, in the second a comb: answers come when a turn of attackers has been cut off.
- **Slow connections**: *closed by the server* stands still in the first attack and
  rises by one turn after the other in the second.
- **Workers**: held all the time in both. The limit does not keep workers free; it
  makes them change hands.

An event loop holds in both. It uses the limit to save memory, not to survive.

What this does not show: limits for silence (a header line every second is never
silent), for bodies and for slow readers, and limits per client address, since all
clients here have the same one.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import SlowHeads
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import (
    Judgement,
    Phase,
    PhaseName,
    Plan,
    ProbePlan,
    Scenario,
)
from labs.bench.contracts.settings import number
from labs.bench.verdicts import header_timeout
from labs.bench.verdicts.header_timeout import DEFENDED, OPEN
from labs.bench.verdicts.wording import count
from labs.scenarios import _held_connections as held
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    # Twice the usual pool of processes: each waits for one turn of the others.
    connections: int = held.connections(16, 5000)
    header_timeout_s: int = number(
        2,
        1,
        60,
        label="Header timeout",
        unit="s",
        help="The server's limit for a whole request head, the second time.",
    )
    spread_s: float = number(
        3.0,
        0.5,
        30,
        label="Slow visitor",
        unit="s",
        help="How long an honest client on a slow line takes to send its request.",
    )
    interval_s: float = held.interval_s(
        "Header interval",
        "How often each slow client sends one more header line.",
        default=1.0,
    )
    before_s: float = honest_client.before_s(4.0)
    duration_s: float = number(
        8.0,
        2,
        120,
        label="Attack",
        unit="s",
        help="How long the probe is asked under each attack, which then goes on for "
        "its limit.",
    )
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s(4.0)


class Defence(Scenario):
    title = "Header timeout"
    question = "What does a limit for request heads change, and whom does it hurt?"
    Params: TypeAlias = Params
    needs_knobs = frozenset({"header_timeout_s"})
    charts = held.charts()

    def plan(self, params: Params) -> Plan:
        slow_client = ProbePlan(
            interval_s=params.spread_s / 2,
            timeout_s=params.spread_s + params.probe_timeout_s,
            spread_s=params.spread_s,
        )
        return Plan(
            phases=(
                *_part(params, OPEN, 0),
                *_part(params, DEFENDED, params.header_timeout_s),
            ),
            probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
            slow_client=slow_client,
            may_end=True,
        )

    def judge(self, result: ResultDocument) -> Judgement:
        return header_timeout.judge(result)


def _part(params: Params, prefix: str, limit_s: int) -> list[Phase]:
    """Return one of the two runs; a limit of 0 is none."""
    attackers = count(params.connections, "slow connection")
    limit = f"a limit of {limit_s} s" if limit_s else "no limit"
    attack = Phase(
        PhaseName.ATTACK,
        Status.MEASURING,
        params.duration_s + params.probe_timeout_s,
        SlowHeads(params.connections, params.interval_s),
        f"{attackers} open, {limit} for a request head",
    )
    # Long enough for slow visitors that begin in the first `before_s` seconds.
    before = honest_client.before(params.before_s + params.spread_s)
    return [
        replace(phase, name=prefix + phase.name, knobs={"header_timeout_s": limit_s})
        for phase in (
            before,
            attack,
            honest_client.after(params.after_s, "The slow clients are"),
        )
    ]
