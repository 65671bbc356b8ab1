"""Judges a server by its honest client while slow connections are held open.

Shared by the scenarios whose attack only *occupies*. Pure: reads a result document with
phases before, attack (in steps) and after. Which sentence is said is chosen by what was
observed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.bench import verdict as v
from labs.bench.events import Verdict
from labs.bench.scenario import Finding, Judgement

_BEFORE_OK = 0.9  # of the probes before the attack, or there is nothing to compare with
_HELD = 0.95  # of the connections wanted, or the test was not the one asked for
_FAILED_LIMIT = 0.01  # of the probes during the attack: more is a degradation
_SLOWER_TIMES, _SLOWER_MS = 5, 100


def judge(result: Mapping[str, Any], steps: Sequence[int]) -> Judgement:
    """Judge a run whose attack was planned to go through `steps` of connections."""
    reading = v.ProbeReading(result)
    findings = _findings(result, reading, steps)
    doubt = v.doubt(result) or _too_little(result, reading)
    if doubt:
        return Judgement(Verdict.INCONCLUSIVE, doubt, findings)
    if reading.denied_step is not None:
        return Judgement(Verdict.DENIED, _denied(result, reading), findings)
    worse = _degraded(result, reading)
    if worse:
        return Judgement(Verdict.DEGRADES, worse, findings)
    return Judgement(Verdict.HOLDS, _held(result, reading), findings)


def _too_little(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    """Return why the data cannot carry a verdict; empty if it can."""
    before = reading.during(v.BEFORE)
    answered = sum(probe.ok for probe in before)
    if len(before) < v.STREAK or answered < _BEFORE_OK * len(before):
        return (
            f"Before the attack {answered} of {v.count(len(before), 'probe')} were "
            "answered, so there is nothing to compare with"
        )
    if not reading.steps:
        return "No probe fell due while the attack went on"
    return "" if reading.denied_step else _not_held(result)


def _not_held(result: Mapping[str, Any]) -> str:
    """Say that fewer connections were held than wanted and the server is not why."""
    summary, wanted = result["summary"], _wanted(result)
    by_server = summary["slow_closed"] + summary["slow_refused"]
    if summary["connections_held_max"] + by_server >= _HELD * wanted:
        return ""
    return (
        f"Only {summary['connections_held_max']:,} of "
        f"{v.count(wanted, 'slow connection')} could be held open, and the server "
        "refused or closed too few for it to be the reason"
    )


def _wanted(result: Mapping[str, Any]) -> int:
    loads = [p["load"] for p in result["phases"] if p["name"] == v.ATTACK]
    return max((load["connections"] for load in loads if load), default=0)


def _denied(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    until_s = reading.denial.until_s
    again = (
        "was not answered again"
        if until_s is None
        else f"was not answered until {v.seconds(until_s)}"
    )
    held = _workers_held(result)
    if held:
        return f"{held}; the probe {again}"
    connections = v.count(reading.denied_step.connections, "slow connection")
    return (
        f"With {connections} the probe was no longer answered from "
        f"{v.seconds(reading.denial.from_s)} on; it {again}"
    )


def _workers_held(result: Mapping[str, Any]) -> str:
    """Say how many workers were held, and since when; empty where none belongs to a
    connection or not even half of them were seen held."""
    slots = result["summary"]["worker_slots"]
    busy = result["summary"]["workers_busy_max"]
    if not slots or not busy or busy * 2 < slots:
        return ""
    busy = min(busy, slots)
    since_s = v.first_time(result, "workers_busy", busy)
    if since_s is None:
        return ""
    noun, since = result["server"]["worker_noun"], v.seconds(since_s)
    if slots == 1:
        return f"The only {noun} was held by a slow client from {since} on"
    return (
        f"{busy:,} of {slots:,} {v.plural(noun)} were held by slow clients "
        f"from {since} on"
    )


def _degraded(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    """Say what got worse without a denial; empty if nothing did."""
    during = reading.during(v.ATTACK)
    failed = sum(not probe.ok for probe in during)
    held = v.count(result["summary"]["connections_held_max"], "slow connection")
    if failed > _FAILED_LIMIT * len(during):
        return (
            f"With up to {held} held open, {failed} of "
            f"{v.count(len(during), 'probe')} were not answered"
        )
    before_ms = v.latency_median_ms(reading.during(v.BEFORE))
    during_ms = v.latency_median_ms(during)
    if during_ms > _SLOWER_MS and during_ms > _SLOWER_TIMES * before_ms:
        return (
            f"With up to {held} held open a typical probe took "
            f"{v.milliseconds(during_ms)} instead of {v.milliseconds(before_ms)}"
        )
    return ""


def _held(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    during = reading.during(v.ATTACK)
    summary, failed = result["summary"], sum(not probe.ok for probe in during)
    slowest = v.milliseconds(v.latency_max_ms(during))
    every = (
        "every probe was answered"
        if not failed
        else f"all but {failed} of {v.count(len(during), 'probe')} were answered"
    )
    held = summary["connections_held_max"]
    opened = (
        f"{v.count(held, 'slow connection')} {'was' if held == 1 else 'were'} held open"
    )
    if summary["slow_closed"]:
        opened += f", the server closed {summary['slow_closed']:,}"
    if summary["slow_refused"]:
        opened += f", {summary['slow_refused']:,} were refused"
    return f"{opened}, and {every}; the slowest took {slowest}"


def _findings(
    result: Mapping[str, Any], reading: v.ProbeReading, steps: Sequence[int]
) -> tuple[Finding, ...]:
    return (
        _probe_finding(reading, v.BEFORE, "before"),
        _denied_at(result, reading, steps),
        _tolerated_at(result, reading),
        _probe_finding(reading, v.ATTACK, "during"),
        *_workers_finding(result),
        _held_finding(result),
        _refused_finding(result),
        *_recovery_finding(result, reading),
    )


def _probe_finding(reading: v.ProbeReading, phase: str, word: str) -> Finding:
    ratio = reading.ok_ratio(phase)
    return Finding(
        f"probe_{word}",
        f"The honest client was answered {word} the attack",
        None if ratio is None else ratio >= _BEFORE_OK,
        None if ratio is None else round(100 * ratio, 1),
        f"at least {100 * _BEFORE_OK:.0f}",
        "% of probes",
    )


def _denied_at(
    result: Mapping[str, Any], reading: v.ProbeReading, steps: Sequence[int]
) -> Finding:
    """Compare the step that denied with the first that is no smaller than the pool."""
    step, slots = reading.denied_step, result["summary"]["worker_slots"]
    measured = step.connections if step else None
    expected = next((n for n in steps if slots and n >= slots), None)
    statement = (
        f"It is denied by as many slow connections as it has {_pool_noun(result)}"
        if slots
        else "No number of slow connections denies it"
    )
    return Finding(
        "denied_at",
        statement,
        measured == expected,
        "never" if measured is None else measured,
        "never" if expected is None else expected,
        "slow connections",
    )


def _pool_noun(result: Mapping[str, Any]) -> str:
    return v.plural(result["server"]["worker_noun"])


def _tolerated_at(result: Mapping[str, Any], reading: v.ProbeReading) -> Finding:
    step, slots = reading.tolerated_step, result["summary"]["worker_slots"]
    return Finding(
        "tolerated_at",
        "The most slow connections under which honest clients were answered",
        None,
        step.connections if step else 0,
        f"fewer than {slots:,}" if slots else _wanted(result),
        "slow connections",
    )


def _workers_finding(result: Mapping[str, Any]) -> list[Finding]:
    slots = result["summary"]["worker_slots"]
    busy = result["summary"]["workers_busy_max"]
    if not slots or busy is None:
        return []
    expected = min(slots, _wanted(result))
    return [
        Finding(
            "workers_held",
            f"Slow clients hold one {result['server']['worker_noun']} each",
            min(busy, slots) >= expected,
            busy,
            expected,
            _pool_noun(result),
        )
    ]


def _held_finding(result: Mapping[str, Any]) -> Finding:
    held, wanted = result["summary"]["connections_held_max"], _wanted(result)
    return Finding(
        "connections_held",
        "The slow connections that were opened were held open together",
        held >= _HELD * wanted,
        held,
        wanted,
        "connections",
    )


def _refused_finding(result: Mapping[str, Any]) -> Finding:
    summary = result["summary"]
    return Finding(
        "refused_or_closed",
        "Slow connections that the server refused or closed",
        None,
        summary["slow_refused"] + summary["slow_closed"],
        None,
        "connections",
    )


def _recovery_finding(
    result: Mapping[str, Any], reading: v.ProbeReading
) -> list[Finding]:
    if reading.denial is None:
        return []
    recovered_s = reading.recovered_after_s
    return [
        Finding(
            "recovered_after",
            "It answered again once the slow clients had left",
            recovered_s is not None,
            None if recovered_s is None else round(recovered_s, 2),
            f"at most {result['scenario']['params']['after_s']:g}",
            "s after the attack",
        )
    ]
