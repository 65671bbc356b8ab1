"""Judges a server by its honest client while other clients keep its handlers at work.

Shared by the scenarios whose load is a handler that waits or computes. Pure: reads a
result document with phases before, attack and after.
"""

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import STREAK, Finding, Judgement, PhaseName
from labs.bench.verdicts.doubts import doubt
from labs.bench.verdicts.reading import (
    ProbeReading,
    answered_share,
    clients,
    latency_max_ms,
    latency_median_ms,
)
from labs.bench.verdicts.wording import count, milliseconds

_ANSWERED = 0.9  # of the probes before the load, or there is nothing to compare with
_ANSWERED_DURING = 0.99
_FAILED_LIMIT = 0.01  # of the probes during it: more is a degradation
# Slower means both: five times as long, and longer than a fifth of one such request,
# which no noise of the machine explains.
_SLOWER_TIMES, _SLOWER_SHARE = 5, 0.2


def judge(result: ResultDocument, what: str, handler_ms: float) -> Judgement:
    """Judge a run whose handlers take `handler_ms` each; `what` says what they do."""
    reading = ProbeReading(result)
    findings = _findings(result, reading, handler_ms)
    doubtful = doubt(result) or _nothing_to_compare(result, reading)
    if doubtful:
        return Judgement(Verdict.INCONCLUSIVE, doubtful, findings)
    verdict, observed = _observed(reading, handler_ms)
    who = clients(result, PhaseName.ATTACK)
    return Judgement(verdict, f"While {who} {what}, {observed}", findings)


def _nothing_to_compare(result: ResultDocument, reading: ProbeReading) -> str:
    before, during = reading.during(PhaseName.BEFORE), reading.during(PhaseName.ATTACK)
    answered = sum(probe.ok for probe in before)
    if len(before) < STREAK:
        return "Too few probes fell due before the load to compare with"
    if answered < _ANSWERED * len(before):
        return (
            f"Before the load {answered} of {count(len(before), 'probe')} were "
            "answered, so there is nothing to compare with"
        )
    if len(during) < STREAK:
        return "Too few probes fell due while the handlers were at work"
    if not result["summary"]["ok"]:
        return "None of the requests to the handlers was answered"
    return ""


def _observed(reading: ProbeReading, handler_ms: float) -> tuple[Verdict, str]:
    during = reading.during(PhaseName.ATTACK)
    failed = sum(not probe.ok for probe in during)
    probes = count(len(during), "probe")
    if failed * 2 > len(during):
        return Verdict.DENIED, f"{failed} of {probes} were not answered"
    # Some of them were answered: `_nothing_to_compare` and the share above say so.
    before_ms = latency_median_ms(reading.during(PhaseName.BEFORE)) or 0.0
    during_ms = latency_median_ms(during) or 0.0
    typical = f"a typical probe took {milliseconds(during_ms)}"
    instead = f"instead of {milliseconds(before_ms)}"
    if failed > _FAILED_LIMIT * len(during):
        worse = f"{failed} of {probes} were not answered, and {typical} {instead}"
        return Verdict.DEGRADES, worse
    if _is_slower(before_ms, during_ms, handler_ms):
        return Verdict.DEGRADES, f"{typical} {instead}"
    slowest = milliseconds(latency_max_ms(during) or 0.0)
    return Verdict.HOLDS, (
        f"every probe was answered: {typical} ({milliseconds(before_ms)} before), "
        f"the slowest {slowest}"
    )


def _is_slower(before_ms: float, during_ms: float, handler_ms: float) -> bool:
    longer = during_ms > _SLOWER_TIMES * before_ms
    return longer and during_ms > _SLOWER_SHARE * handler_ms


def _findings(
    result: ResultDocument, reading: ProbeReading, handler_ms: float
) -> tuple[Finding, ...]:
    before_ms = latency_median_ms(reading.during(PhaseName.BEFORE))
    during_ms = latency_median_ms(reading.during(PhaseName.ATTACK))
    limit_ms = None
    if before_ms is not None:
        limit_ms = max(_SLOWER_TIMES * before_ms, _SLOWER_SHARE * handler_ms)
    return (
        _answered(reading, PhaseName.BEFORE, "before", _ANSWERED),
        _answered(reading, PhaseName.ATTACK, "during", _ANSWERED_DURING),
        Finding.figure(
            "typical_probe_before",
            "What a typical honest client waited before",
            before_ms,
            "ms",
        ),
        Finding(
            "typical_probe_during",
            "What a typical honest client waited meanwhile",
            None if during_ms is None or limit_ms is None else during_ms <= limit_ms,
            during_ms,
            None if limit_ms is None else f"at most {limit_ms:.0f}",
            "ms",
        ),
        Finding.figure(
            "handled",
            "Requests that the handlers answered in a second",
            result["summary"]["requests_per_s"],
            "requests/s",
        ),
    )


def _answered(
    reading: ProbeReading, phase: PhaseName, word: str, at_least: float
) -> Finding:
    return answered_share(
        f"probe_{word}",
        f"The honest client was answered {word} the load",
        reading.ok_ratio(phase),
        at_least,
    )
