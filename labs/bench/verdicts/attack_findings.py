"""Judges a server by its honest client while other connections are held open.

Shared by the scenarios whose attack only *occupies*: the verdict and its sentence are
those of `verdicts.attack`, the findings say what was seen and what was expected. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.bench.contracts.scenario import Finding, Judgement
from labs.bench.verdicts import reading as v
from labs.bench.verdicts.attack import BEFORE_OK, HELD, SLOW, Siege, Words


def judge(
    result: Mapping[str, Any], steps: Sequence[int], words: Words = SLOW
) -> Judgement:
    """Judge a run whose attack was planned to go through `steps` of connections."""
    siege = Siege(result, steps, words)
    return Judgement(*siege.verdict(), findings(siege))


def findings(siege: Siege) -> tuple[Finding, ...]:
    """Return what was seen in every run of the kind, whatever its verdict."""
    return (
        _probe_finding(siege, v.BEFORE, "before"),
        _denied_at(siege),
        _tolerated_at(siege),
        _probe_finding(siege, v.ATTACK, "during"),
        *_workers_finding(siege),
        _held_finding(siege),
        _refused_finding(siege),
        *_recovery_finding(siege),
        *_ended_finding(siege),
    )


def _probe_finding(siege: Siege, phase: str, word: str) -> Finding:
    ratio = siege.reading.ok_ratio(phase)
    return Finding(
        f"probe_{word}",
        f"The honest client was answered {word} the attack",
        None if ratio is None else ratio >= BEFORE_OK,
        None if ratio is None else round(100 * ratio, 1),
        f"at least {100 * BEFORE_OK:.0f}",
        "% of probes",
    )


def _denied_at(siege: Siege) -> Finding:
    """Compare the step that denied with the first that is no smaller than the pool."""
    step, slots = siege.reading.denied_step, siege.summary["worker_slots"]
    measured = step.connections if step else None
    expected = next((n for n in siege.tried if slots and n >= slots), None)
    connections = v.plural(siege.words.connection)
    statement = (
        f"It is denied by as many {connections} as it has {_pool_noun(siege)}"
        if slots
        else f"No number of {connections} denies it"
    )
    return Finding(
        "denied_at",
        statement,
        measured == expected,
        "never" if measured is None else measured,
        "never" if expected is None else expected,
        connections,
    )


def _pool_noun(siege: Siege) -> str:
    return v.plural(siege.result["server"]["worker_noun"])


def _tolerated_at(siege: Siege) -> Finding:
    step, slots = siege.reading.tolerated_step, siege.summary["worker_slots"]
    connections = v.plural(siege.words.connection)
    return Finding(
        "tolerated_at",
        f"The most {connections} under which honest clients were answered",
        None,
        step.connections if step else 0,
        f"fewer than {slots:,}" if slots else siege.wanted,
        connections,
    )


def _workers_finding(siege: Siege) -> list[Finding]:
    slots, busy = siege.summary["worker_slots"], siege.summary["workers_busy_max"]
    if not slots or busy is None:
        return []
    expected = min(slots, siege.wanted)
    noun = siege.result["server"]["worker_noun"]
    return [
        Finding(
            "workers_held",
            f"{siege.words.clients.capitalize()} hold one {noun} each",
            min(busy, slots) >= expected,
            busy,
            expected,
            _pool_noun(siege),
        )
    ]


def _held_finding(siege: Siege) -> Finding:
    held, wanted = siege.summary["connections_held_max"], siege.wanted
    return Finding(
        "connections_held",
        f"The {v.plural(siege.words.connection)} that were opened were held open "
        "together",
        held >= HELD * wanted,
        held,
        wanted,
        "connections",
    )


def _refused_finding(siege: Siege) -> Finding:
    return Finding(
        "refused_or_closed",
        f"{v.plural(siege.words.connection).capitalize()} that the server refused or "
        "closed",
        None,
        siege.summary["slow_refused"] + siege.summary["slow_closed"],
        None,
        "connections",
    )


def _ended_finding(siege: Siege) -> list[Finding]:
    """Return what number of connections ended the server; nothing if it lived on."""
    if siege.reading.end is None:
        return []
    connections = v.plural(siege.words.connection)
    return [
        Finding(
            "ended_at",
            f"No number of {connections} ends the server",
            False,
            siege.reading.steps[-1].connections if siege.reading.steps else None,
            "never",
            connections,
        )
    ]


def _recovery_finding(siege: Siege) -> list[Finding]:
    if siege.reading.denial is None:
        return []
    recovered_s = siege.reading.recovered_after_s
    return [
        Finding(
            "recovered_after",
            f"It answered again once the {siege.words.clients} had left",
            recovered_s is not None,
            None if recovered_s is None else round(recovered_s, 2),
            f"at most {siege.result['scenario']['params']['after_s']:g}",
            "s after the attack",
        )
    ]
