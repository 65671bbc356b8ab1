"""
## The question

How long does a request take when requests come at a given rate, whatever became of the
ones before? And up to which rate does the server keep up?

## The method

An **open loop**. Requests fall due at instants fixed beforehand: independent of each
other (*Poisson*, as those of many people who do not know each other are) or evenly
spaced. Each takes an idle connection, or a new one. If a request cannot be sent at
once, because all connections are waiting for answers, its time runs all the same:
latency counts **from the instant it was due**. A server that stops for a second delays
every request of that second, and every one of them is in the figures. A closed loop
would have asked nothing in that second and seen one slow answer: that is called
*coordinated omission*.

The rate rises in steps, each a fixed factor above the one before. Each is counted
apart. The server **keeps up** with a step when at most one request in a hundred was
lost, and 99 of 100 answers came within ten times what they took at the lowest rate, or
within 50 ms, whichever is more, and in any case within a second. Below that limit
nobody notices a queue; above it, requests are waiting for others and not for their own
answer, and the queue of a server that is offered more than it can do grows for as long
as it is. The highest step before the first that fails is the **knee**. The figures of
the run are those of the knee. A step in which the instrument was disturbed decides
neither way: then the knee is the last step that can be trusted, and the run says so.

## How to read the charts

- **Offered and answered** lie on each other until the server does not keep up.
- **Latency** is flat, then rises steeply. That is the knee: the nearer a server is to
  its limit, the longer the queue, and near the limit it is not proportional any more.
- **Sent late** is how long requests waited for a connection. It rises when all
  connections are busy.
- **Processor**: when the generator's line is at 100 % and the server's is not, the
  generator could not offer more; the step is marked and the knee may be higher.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.loads import CONSTANT, POISSON, OpenLoop
from labs.bench.contracts.result_document import (
    CountedEntry,
    CountedPhase,
    ResultDocument,
    counted_phases,
)
from labs.bench.contracts.scenario import (
    Chart,
    Finding,
    Judgement,
    Phase,
    Plan,
    Scenario,
    Series,
)
from labs.bench.contracts.settings import choice, flag, number
from labs.bench.verdicts.doubts import doubt, failure
from labs.bench.verdicts.wording import count, milliseconds
from labs.scenarios import _charts

_LOST_LIMIT = 0.01  # of a step's requests
_SLOWER_TIMES, _SLOW_MS = 10, 50
# A lowest rate that is too high already would make its own queue the measure.
_TOO_SLOW_MS = 1000


@dataclass(frozen=True)
class Params:
    rate_per_s: int = number(
        500, 1, 50_000, label="Lowest rate", help="Requests a second in the first step."
    )
    rate_to_per_s: int = number(
        32_000, 1, 100_000, label="Highest rate", help="Requests a second in the last."
    )
    steps: int = number(
        7, 2, 12, label="Steps", help="How many rates, a fixed factor apart."
    )
    step_s: float = number(
        3.0, 1, 60, label="Step", unit="s", help="How long each rate is kept."
    )
    warm_up_s: float = number(
        1.0, 0.5, 30, label="Warm-up", unit="s", help="The lowest rate, not counted."
    )
    arrivals: str = choice(
        POISSON,
        (POISSON, CONSTANT),
        label="Arrivals",
        help="Independent of each other, or evenly spaced.",
    )
    connections: int = number(
        256, 1, 1000, label="Connections", help="The most that are open at once."
    )
    keep_alive: bool = flag(
        True,
        label="Keep connections",
        help="Use a connection again; without it each request has its own.",
    )


class Latency(Scenario):
    title = "Latency"
    question = "Up to which rate does it keep up, and how long does a request take?"
    Params: TypeAlias = Params
    charts = (
        Chart(
            "rate",
            "Offered and answered",
            "requests/s",
            (
                Series("offered_per_s", "Offered"),
                Series("requests_per_s", "Answered"),
                Series("errors_per_s", "Failed"),
            ),
        ),
        _charts.LATENCY,
        Chart(
            "delay",
            "Sent late",
            "ms",
            (Series("send_delay_ms", "Longest from due to sent"),),
        ),
        _charts.LIMITING_CPU,
        _charts.CONNECTIONS,
    )

    def plan(self, params: Params) -> Plan:
        rates = _steps(params)
        warming = Phase(
            "warm_up",
            Status.WARMING,
            params.warm_up_s,
            _load(params, rates[0]),
            f"{rates[0]:,} requests/s warm the server up; nothing is counted yet",
        )
        measured = [
            Phase(
                "load",
                Status.MEASURING,
                params.step_s,
                _load(params, rate),
                f"{rate:,} requests/s fall due",
            )
            for rate in rates
        ]
        return Plan((warming, *measured))

    def headline(self, counted: Sequence[CountedPhase]) -> int:
        kept = _kept_up(counted)
        return counted.index(kept[-1]) if kept else 0

    def judge(self, result: ResultDocument) -> Judgement:
        steps = counted_phases(result)
        findings = _findings(steps)
        if not steps or not any(step["counted"]["ok"] for step in steps):
            return Judgement(Verdict.INCONCLUSIVE, "No request was answered", findings)
        if doubtful := doubt(result):
            return Judgement(Verdict.INCONCLUSIVE, doubtful, findings)
        return Judgement(Verdict.MEASURED, _sentence(steps), findings)


def _steps(params: Params) -> list[int]:
    low, high = sorted((params.rate_per_s, params.rate_to_per_s))
    factor = (high / low) ** (1 / (params.steps - 1))
    # Near each other, two may come to the same number.
    return list(dict.fromkeys(round(low * factor**n) for n in range(params.steps)))


def _load(params: Params, rate: int) -> OpenLoop:
    return OpenLoop(
        rate,
        arrivals=params.arrivals,
        connections=params.connections,
        keep_alive=params.keep_alive,
    )


def _decides(step: CountedPhase) -> bool:
    """Whether the instrument can be trusted in a step."""
    counted = step["counted"]
    return not (counted.get("doubts") or counted.get("generator_limited"))


def _lowest(steps: Sequence[CountedPhase]) -> CountedPhase:
    """Return the step that the others are compared with: the first that decides."""
    return next(filter(_decides, steps), steps[0])


def _kept_up(steps: Sequence[CountedPhase]) -> list[CountedPhase]:
    """Return the steps up to the first that was not kept up with. Those in which the
    instrument cannot be trusted are left out: they decide neither way."""
    kept = []
    for step in filter(_decides, steps):
        if not _keeps_up(step, _lowest(steps)):
            break
        kept.append(step)
    return kept


def _keeps_up(step: CountedPhase, lowest: CountedPhase) -> bool:
    counted, p99_ms = step["counted"], step["counted"]["latency_p99_ms"]
    if p99_ms is None or _lost(counted) > _LOST_LIMIT * counted["attempts"]:
        return False
    return p99_ms <= _limit_ms(lowest)


def _limit_ms(lowest: CountedPhase) -> float:
    slower_ms = _SLOWER_TIMES * (lowest["counted"]["latency_p99_ms"] or 0.0)
    return min(_TOO_SLOW_MS, max(_SLOW_MS, slower_ms))


def _lost(counted: CountedEntry) -> int:
    return counted["errors"] + counted["unfinished"]


def _sentence(steps: Sequence[CountedPhase]) -> str:
    kept = _kept_up(steps)
    if not kept:
        return f"It does not keep up with the lowest rate: at {_at_rate(steps[0])}"
    knee = kept[-1]
    sentence = f"It keeps up with {_rate(knee)} requests/s: {_waits(knee)}"
    above = steps[steps.index(knee) + 1 :]
    if not above:
        return f"{sentence}; more was not offered"
    failed = next(filter(_decides, above), None)
    doubted = above[: above.index(failed)] if failed else above
    at_failed = f". At {_at_rate(failed)}" if failed else ""
    return f"{sentence}{_doubted(doubted)}{at_failed}"


def _doubted(steps: Sequence[CountedPhase]) -> str:
    """Say of steps above the knee why they do not decide; empty without any."""
    if not steps:
        return ""
    if steps[0]["counted"].get("generator_limited"):
        return "; beyond that the load generator was the limit"
    check = steps[0]["counted"]["doubts"][0]
    rates = " and ".join(f"{_rate(step)}/s" for step in steps[:2])
    more = " and more" if len(steps) > 2 else ""
    return f"; what was seen at {rates}{more} cannot be trusted: {failure(check)}"


def _at_rate(step: CountedPhase) -> str:
    counted = step["counted"]
    if counted["latency_p99_ms"] is None:
        return f"{_rate(step)}/s none was answered"
    lost = count(_lost(counted), "request")
    sentence = f"{_rate(step)}/s {_waits(step)}"
    return f"{sentence} and {lost} got none" if _lost(counted) else sentence


def _waits(step: CountedPhase) -> str:
    p99 = milliseconds(step["counted"]["latency_p99_ms"] or 0.0)
    return f"99 of 100 answers came within {p99}"


def _rate(step: CountedPhase) -> str:
    return f"{step['load']['rate_per_s']:,.0f}"


def _findings(steps: Sequence[CountedPhase]) -> tuple[Finding, ...]:
    if not steps:
        return ()
    kept = _kept_up(steps)
    knee = kept[-1] if kept else None
    return (
        Finding.figure(
            "knee_per_s",
            "The highest rate that it kept up with",
            knee["load"]["rate_per_s"] if knee else 0,
            "requests/s",
        ),
        *(_p99(step, steps) for step in steps),
    )


def _p99(step: CountedPhase, steps: Sequence[CountedPhase]) -> Finding:
    """Return what a step took; no figure where the instrument cannot be trusted."""
    lowest = _lowest(steps)
    decides = _decides(step)
    doubted = "" if decides else " (the measurement cannot be trusted)"
    return Finding(
        f"p99_at_{step['load']['rate_per_s']:.0f}_per_s",
        f"99 of 100 answers at {_rate(step)} requests/s came within{doubted}",
        _keeps_up(step, lowest) if decides else None,
        step["counted"]["latency_p99_ms"] if decides else None,
        f"at most {_limit_ms(lowest):.0f}",
        "ms",
    )
