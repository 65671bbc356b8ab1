"""Judges a server by its honest client while other clients keep its handlers at work.

Shared by the scenarios whose load is a handler that waits or computes. Pure: reads a
result document with phases before, attack and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.scenario import Finding, Judgement
from labs.bench.verdicts import reading as v

_ANSWERED = 0.9  # of the probes before the load, or there is nothing to compare with
_FAILED_LIMIT = 0.01  # of the probes during it: more is a degradation
# Slower means both: five times as long, and longer than a fifth of one such request,
# which no noise of the machine explains.
_SLOWER_TIMES, _SLOWER_SHARE = 5, 0.2


def judge(result: Mapping[str, Any], what: str, handler_ms: float) -> Judgement:
    """Judge a run whose handlers take `handler_ms` each; `what` tells what they do."""
    reading = v.ProbeReading(result)
    findings = _findings(result, reading, handler_ms)
    doubt = v.doubt(result) or _nothing_to_compare(result, reading)
    if doubt:
        return Judgement(Verdict.INCONCLUSIVE, doubt, findings)
    verdict, seen = _seen(reading, handler_ms)
    clients = v.clients(result, v.ATTACK)
    return Judgement(verdict, f"While {clients} {what}, {seen}", findings)


def _nothing_to_compare(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    before, during = reading.during(v.BEFORE), reading.during(v.ATTACK)
    answered = sum(probe.ok for probe in before)
    if len(before) < v.STREAK:
        return "Too few probes fell due before the load to compare with"
    if answered < _ANSWERED * len(before):
        return (
            f"Before the load {answered} of {v.count(len(before), 'probe')} were "
            "answered, so there is nothing to compare with"
        )
    if len(during) < v.STREAK:
        return "Too few probes fell due while the handlers were at work"
    if not result["summary"]["ok"]:
        return "None of the requests to the handlers was answered"
    return ""


def _seen(reading: v.ProbeReading, handler_ms: float) -> tuple[Verdict, str]:
    during = reading.during(v.ATTACK)
    failed = sum(not probe.ok for probe in during)
    probes = v.count(len(during), "probe")
    if failed * 2 > len(during):
        return Verdict.DENIED, f"{failed} of {probes} were not answered"
    before_ms = v.latency_median_ms(reading.during(v.BEFORE))
    during_ms = v.latency_median_ms(during)
    typical = f"a typical probe took {v.milliseconds(during_ms)}"
    instead = f"instead of {v.milliseconds(before_ms)}"
    if failed > _FAILED_LIMIT * len(during):
        seen = f"{failed} of {probes} were not answered, and {typical} {instead}"
        return Verdict.DEGRADES, seen
    if _is_slower(before_ms, during_ms, handler_ms):
        return Verdict.DEGRADES, f"{typical} {instead}"
    slowest = v.milliseconds(v.latency_max_ms(during))
    return Verdict.HOLDS, (
        f"every probe was answered: {typical} ({v.milliseconds(before_ms)} before), "
        f"the slowest {slowest}"
    )


def _is_slower(before_ms: float, during_ms: float, handler_ms: float) -> bool:
    longer = during_ms > _SLOWER_TIMES * before_ms
    return longer and during_ms > _SLOWER_SHARE * handler_ms


def _findings(
    result: Mapping[str, Any], reading: v.ProbeReading, handler_ms: float
) -> tuple[Finding, ...]:
    before_ms = v.latency_median_ms(reading.during(v.BEFORE))
    during_ms = v.latency_median_ms(reading.during(v.ATTACK))
    limit_ms = None
    if before_ms is not None:
        limit_ms = max(_SLOWER_TIMES * before_ms, _SLOWER_SHARE * handler_ms)
    return (
        _ratio(reading, v.BEFORE, "before", "at least 90"),
        _ratio(reading, v.ATTACK, "during", "at least 99"),
        Finding(
            "typical_probe_before",
            "What a typical honest client waited before",
            None,
            before_ms,
            None,
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
        Finding(
            "handled",
            "Requests that the handlers answered in a second",
            None,
            result["summary"]["requests_per_s"],
            None,
            "requests/s",
        ),
    )


def _ratio(reading: v.ProbeReading, phase: str, word: str, wanted: str) -> Finding:
    ratio, least = reading.ok_ratio(phase), int(wanted.rpartition(" ")[2]) / 100
    return Finding(
        f"probe_{word}",
        f"The honest client was answered {word} the load",
        None if ratio is None else ratio >= least,
        None if ratio is None else round(100 * ratio, 1),
        wanted,
        "% of probes",
    )
