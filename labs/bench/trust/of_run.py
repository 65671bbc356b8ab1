"""Which checks of the instrument apply to a run, and what they are given.

The checks themselves are in `checks` and `lateness`. Where phases counted
requests, those of the load are held against the phase that the summary speaks of; else
against all that was measured. Whether others took the server's core is asked of every
phase that the honest client is looked at in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.bench.contracts.events import TICK_S, Status
from labs.bench.trust import checks as t
from labs.bench.trust import lateness

# A phase in which each asks once is decided in a moment, and the rest is waiting.
_ONCE = t.Want(waited_percent=5.0, others_percent=10.0)

Document = Mapping[str, Any]
Columns = dict[str, list[float | None]]


def trust(document: Document, headline: Document | None) -> dict[str, Any]:
    """Return the `trust` of a result document."""
    times = document["series"]["t_s"]
    checks = [t.clock_runs_forward(times), t.ticks_on_time(times)]
    checks += [lateness.probes_on_time(document["events"], _measuring(document))]
    phases = [p for p in document["phases"] if p["counted"]]
    for phase in phases:
        checks += [t.attempts_add_up(phase["counted"])]
        checks += [t.percentiles_rise(phase["counted"])]
        if not phase["action"]:  # a stall is what it is looked at for
            checks += [t.mean_below_p99(phase["counted"])]
    for phase in _measuring(document):
        if not phase["counted"]:
            checks += [_contended(document, phase, _within(document, [phase]))]
    if headline is None:
        columns = _within(document, _measuring(document))
        checks += [t.generator_not_saturated(columns, _cores(document))]
        checks += [t.generator_on_time(columns)]
    else:
        checks += of_phase(document, headline)
    return t.settle(_worst_of_each(check for check in checks if check))


def of_phase(document: Document, phase: Document) -> list[dict[str, Any] | None]:
    """Return the checks of a phase that counted requests: of its load, in its time."""
    columns = _within(document, [phase])
    return [
        t.generator_not_saturated(columns, _cores(document)),
        _contended(document, phase, columns),
        lateness.generator_present(document["series"], phase),
        *_of_the_load(phase, columns),
    ]


def resources(document: Document, phase: Document) -> dict[str, Any]:
    """Return what a counted phase took of the processors, in percent of one core, and
    what there is to doubt in it.

    `doubts`: the checks of the phase that do not hold. Then it decides nothing, whether
    or not the summary speaks of it. `generator_limited`: the generator was at its limit
    and the server was not, so that the phase's rate is a lower bound.
    """
    columns = _within(document, [phase])
    checks = [check for check in of_phase(document, phase) if check]
    doubts = [check for check in checks if not check["holds"]]
    return {
        "load_cpu_percent": _mean(columns.get("load_cpu_percent")),
        "server_cpu_percent": _mean(columns.get("server_cpu_percent")),
        "generator_limited": any(c["slug"] == t.SATURATED for c in doubts),
        "doubts": doubts,
    }


def _contended(document: Document, phase: Document, columns: Columns) -> dict | None:
    pinned = document["environment"]["pinned"]
    return t.cores_not_contended(
        columns,
        _cores(document),
        shared=pinned["server"] == pinned["load"],
        want=_want(phase),
    )


def _want(phase: Document) -> t.Want:
    load = phase["load"] or {}
    if not phase["counted"]:
        # What is held asks for next to nothing, and the honest client says itself
        # when it was late: what may not wait is the server.
        return t.Want(cores=("server",))
    if load.get("once"):
        return _ONCE
    return t.Want(always=load["type"] == "open_loop")


def _of_the_load(phase: Document, columns: Columns) -> list[dict | None]:
    load, counted = phase["load"], phase["counted"]
    if load["type"] == "open_loop":
        return [
            t.offered_as_planned(counted, load),
            # A closed loop that is busy is late only by one round of itself.
            t.generator_on_time(columns, t.OPEN_LOOP_LAG_LIMIT_MS),
            lateness.requests_begun_on_time(counted, load, columns),
        ]
    if load.get("once"):  # nobody asks again: there is no steady state to hold it to
        return []
    return [t.littles_law(counted, load)]


def _worst_of_each(checks: Any) -> list[dict]:
    """Return one check of each slug: the first that fails, else the first."""
    kept: dict[str, dict] = {}
    for check in checks:
        slug = check["slug"]
        if slug not in kept or (kept[slug]["holds"] and not check["holds"]):
            kept[slug] = check
    return list(kept.values())


def _measuring(document: Document) -> list[Document]:
    return [p for p in document["phases"] if p["status"] == Status.MEASURING]


def _within(document: Document, phases: Sequence[Document]) -> Columns:
    """Return the series restricted to ticks that lie wholly in one of the phases."""
    spans = [(p["start_s"], p["end_s"]) for p in phases if p["end_s"] is not None]
    # A tick tells of the time before it, so the first one after a start is mixed.
    keep = [
        any(a + TICK_S <= t_s <= b for a, b in spans)
        for t_s in document["series"]["t_s"]
    ]
    return {
        name: [value for value, kept in zip(column, keep, strict=True) if kept]
        for name, column in document["series"].items()
    }


def _cores(document: Document) -> int:
    return len(document["environment"]["pinned"]["server"])


def _mean(values: Sequence[float | None] | None) -> float | None:
    known = [value for value in values or () if value is not None]
    return round(sum(known) / len(known), 1) if known else None
