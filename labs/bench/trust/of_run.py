"""Which checks of the instrument apply to a run, and what they are given.

The checks themselves are in `checks`, `contention` and `lateness`. Where phases counted
requests, those of the load are made for the phase that the summary is of; else for all
that was measured. Whether others took the server's core is asked of every phase in
which the verdict rests on the honest client.
"""

from collections.abc import Iterable, Sequence

from labs.bench.contracts.events import TICK_S, Status
from labs.bench.contracts.result_document import (
    CheckEntry,
    Columns,
    CountedPhase,
    LoadEntry,
    PhaseEntry,
    PhaseSpan,
    ResourcesEntry,
    ResultDocument,
    TrustEntry,
    counted_phases,
    tick_times,
)
from labs.bench.trust import checks, lateness
from labs.bench.trust.checks import OPEN_LOOP_LAG_LIMIT_MS, SATURATED
from labs.bench.trust.contention import CoreNeed, cores_not_contended

# A phase in which each asks once is decided in a moment, and the rest is waiting.
_ONCE = CoreNeed(waited_percent=5.0, others_percent=10.0)


def trust(document: ResultDocument, headline: CountedPhase | None) -> TrustEntry:
    """Return the `trust` of a result document."""
    times, measuring = tick_times(document["series"]), _measuring(document)
    found = [checks.clock_runs_forward(times), checks.ticks_on_time(times)]
    found += [lateness.probes_on_time(document["events"], measuring)]
    for counted in counted_phases(document):
        found += [checks.attempts_add_up(counted["counted"])]
        found += [checks.percentiles_rise(counted["counted"])]
        if not counted.get("action"):  # a stall is what it is looked at for
            found += [checks.mean_below_p99(counted["counted"])]
    for phase in measuring:
        if not phase.get("counted"):
            # What is held asks for next to nothing, and the honest client says itself
            # when it was late: what may not wait is the server.
            need = CoreNeed(cores=("server",))
            found += [_contended(document, _within(document, [phase]), need)]
    if headline is None:
        columns = _within(document, measuring)
        found += [checks.generator_not_saturated(columns, _cores(document))]
        found += [checks.generator_on_time(columns)]
    else:
        found += of_phase(document, headline)
    return checks.settle(_worst_of_each(each for each in found if each))


def of_phase(document: ResultDocument, phase: CountedPhase) -> list[CheckEntry | None]:
    """Return the checks of a phase that counted requests: of its load, in its time."""
    columns = _within(document, [phase])
    return [
        checks.generator_not_saturated(columns, _cores(document)),
        _contended(document, columns, _need(phase["load"])),
        lateness.generator_present(document["series"], phase),
        *_of_the_load(phase, columns),
    ]


def resources(document: ResultDocument, phase: CountedPhase) -> ResourcesEntry:
    """Return what a counted phase took of the processors, in percent of one core, and
    what there is to doubt in it.

    `doubts`: the checks of the phase that do not hold. Then it decides nothing, whether
    or not the summary is of it. `generator_limited`: the generator was at its limit and
    the server was not, so that the phase's rate is a lower bound.
    """
    columns = _within(document, [phase])
    found = [check for check in of_phase(document, phase) if check]
    doubts = [check for check in found if not check["holds"]]
    return {
        "load_cpu_percent": _mean(columns.get("load_cpu_percent")),
        "server_cpu_percent": _mean(columns.get("server_cpu_percent")),
        "generator_limited": any(c["slug"] == SATURATED for c in doubts),
        "doubts": doubts,
    }


def _contended(
    document: ResultDocument, columns: Columns, need: CoreNeed
) -> CheckEntry | None:
    pinned = document["environment"]["pinned"]
    shared = pinned["server"] == pinned["load"]
    return cores_not_contended(columns, _cores(document), shared=shared, need=need)


def _need(load: LoadEntry) -> CoreNeed:
    if load.get("once"):
        return _ONCE
    return CoreNeed(always=load["type"] == "open_loop")


def _of_the_load(phase: CountedPhase, columns: Columns) -> list[CheckEntry | None]:
    load, counted = phase["load"], phase["counted"]
    if load["type"] == "open_loop":
        return [
            checks.offered_as_planned(counted, load),
            # A closed loop that is busy is late only by one round of itself.
            checks.generator_on_time(columns, OPEN_LOOP_LAG_LIMIT_MS),
            lateness.requests_begun_on_time(counted, load, columns),
        ]
    if load.get("once"):  # nobody asks again: there is no steady state to hold it to
        return []
    return [checks.littles_law(counted, load)]


def _worst_of_each(found: Iterable[CheckEntry]) -> list[CheckEntry]:
    """Return one check of each slug: the first that fails, else the first."""
    chosen: dict[str, CheckEntry] = {}
    for check in found:
        slug = check["slug"]
        if slug not in chosen or (chosen[slug]["holds"] and not check["holds"]):
            chosen[slug] = check
    return list(chosen.values())


def _measuring(document: ResultDocument) -> list[PhaseEntry]:
    return [p for p in document["phases"] if p["status"] == Status.MEASURING]


def _within(document: ResultDocument, phases: Sequence[PhaseSpan]) -> Columns:
    """Return the series restricted to ticks that lie wholly in one of the phases."""
    spans = [(phase["start_s"], phase["end_s"]) for phase in phases]
    # A tick is of the time before it, so the first one after a start is mixed.
    is_inside = [
        any(start_s + TICK_S <= t_s <= end_s for start_s, end_s in spans)
        for t_s in tick_times(document["series"])
    ]
    return {
        name: [value for value, inside in zip(column, is_inside, strict=True) if inside]
        for name, column in document["series"].items()
    }


def _cores(document: ResultDocument) -> int:
    return len(document["environment"]["pinned"]["server"])


def _mean(values: Sequence[float | None] | None) -> float | None:
    known = [value for value in values or () if value is not None]
    return round(sum(known) / len(known), 1) if known else None
