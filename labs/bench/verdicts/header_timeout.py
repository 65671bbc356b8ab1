"""Judges the same attack twice: without a limit for request heads, and with one.

The phases of the second have `defended_` before their names. A second honest client,
which is slow, shows what the limit costs. Pure: reads the result document.
"""

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import Columns, PhaseEntry, ResultDocument
from labs.bench.contracts.scenario import Finding, Judgement, PhaseName
from labs.bench.contracts.summary import Summary
from labs.bench.verdicts.attack import BEFORE_OK, AttackRun
from labs.bench.verdicts.doubts import doubt
from labs.bench.verdicts.reading import Probe, answered_share, part_of, probes_of
from labs.bench.verdicts.wording import count

OPEN, DEFENDED = "", "defended_"  # before the names of the phases
_SLOW_CLIENT = "slow"  # as its probes are named in the result
_ANSWER_S = 0.3  # for the answer, once a request is complete


def judge(result: ResultDocument) -> Judgement:
    """Judge by the second attack; the sentence has both, and what the limit costs."""
    undefended, defended = _attack(result, OPEN), _attack(result, DEFENDED)
    before, since = undefended.verdict(), defended.verdict()
    found = _findings(result, undefended, defended)
    doubtful = doubt(result) or _too_little(undefended, before, since)
    if doubtful:
        return Judgement(Verdict.INCONCLUSIVE, doubtful, found)
    limit_s = result["scenario"]["params"]["header_timeout_s"]
    sentences = [
        f"Without a limit: {_within(before[1])}",
        f"With a limit of {limit_s:g} s for a request head: {_within(since[1])}",
        *_cost(result),
    ]
    return Judgement(since[0], ". ".join(sentences), found)


def _attack(result: ResultDocument, prefix: str) -> AttackRun:
    """Return one of the two runs as a document of its own."""
    part = part_of(result, prefix)
    series, params = part["series"], part["scenario"]["params"]
    of_part: Summary = {
        "connections_held_max": _max(series, "slow_held") or 0,
        "workers_busy_max": _max(series, "workers_busy"),
        "slow_closed": _rise(series, "slow_closed"),
        "slow_refused": _rise(series, "slow_refused"),
    }
    # The summary of the run is of both attacks.
    part["summary"] = {**part["summary"], **of_part}
    limit_s = params["probe_timeout_s"]
    part["phases"] = [_without_end(phase, limit_s) for phase in part["phases"]]
    return AttackRun(part, [params["connections"]])


def _without_end(phase: PhaseEntry, limit_s: float) -> PhaseEntry:
    """Leave out the end of an attack: who asks then may be answered because it ends."""
    if phase["name"] != PhaseName.ATTACK:
        return phase
    return {**phase, "end_s": max(phase["start_s"], phase["end_s"] - limit_s)}


def _known(series: Columns, name: str) -> list[float]:
    return [value for value in series.get(name, ()) if value is not None]


def _max(series: Columns, name: str) -> int | None:
    return int(max(known)) if (known := _known(series, name)) else None


def _rise(series: Columns, name: str) -> int:
    known = _known(series, name)
    return int(known[-1] - known[0]) if known else 0


def _too_little(
    undefended: AttackRun, before: tuple[Verdict, str], since: tuple[Verdict, str]
) -> str:
    """Return why the two together cannot tell what a limit changes."""
    if before[0] is Verdict.INCONCLUSIVE:
        return f"Without a limit: {_within(before[1])}"
    if since[0] is Verdict.INCONCLUSIVE:
        return f"With a limit: {_within(since[1])}"
    params = undefended.result["scenario"]["params"]
    if params["duration_s"] <= params["header_timeout_s"]:
        return (
            f"An attack of {params['duration_s']:g} s is over before a limit of "
            f"{params['header_timeout_s']:g} s cuts anybody off"
        )
    slots = undefended.summary["worker_slots"]
    if before[0] is Verdict.DENIED or not slots or undefended.wanted >= slots:
        return ""
    noun = undefended.result["server"]["worker_noun"]
    return (
        f"{count(undefended.wanted, 'slow connection')} did not take all "
        f"{count(slots, noun)}, so there was nothing to defend; at least as many "
        "are needed"
    )


def _within(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


# --- what the limit costs -------------------------------------------------------------


def _visitors(result: ResultDocument, prefix: str) -> list[Probe]:
    """Return the slow visitors that could have been answered before the attack."""
    params = result["scenario"]["params"]
    needs_s = params["spread_s"] + _ANSWER_S
    spans = [
        (phase["start_s"], phase["end_s"] - needs_s)
        for phase in result["phases"]
        if phase["name"] == prefix + PhaseName.BEFORE
    ]
    probes = probes_of(result, _SLOW_CLIENT)
    return [p for p in probes if any(a <= p.due_s < b for a, b in spans)]


def _cost(result: ResultDocument) -> list[str]:
    """Say what became of the slow visitor; nothing where too little was seen."""
    free, limited = _visitors(result, OPEN), _visitors(result, DEFENDED)
    if not free or not limited:
        return []
    spread_s = result["scenario"]["params"]["spread_s"]
    who = f"An honest client that takes {spread_s:g} s to send its request was"
    if not _answered(free):
        return [f"{who} not answered without the limit either"]
    if _answered(limited):
        return [f"{who} answered in spite of the limit"]
    return [f"{who} answered without the limit and cut off by it"]


def _answered(probes: list[Probe]) -> bool:
    return sum(probe.ok for probe in probes) * 2 > len(probes)


# --- the findings ---------------------------------------------------------------------


def _findings(
    result: ResultDocument, undefended: AttackRun, defended: AttackRun
) -> tuple[Finding, ...]:
    params = result["scenario"]["params"]
    spared = params["spread_s"] < params["header_timeout_s"]
    by_the_limit = "spares" if spared else "cuts off"
    return (
        _denies(undefended),
        _helps(undefended, defended),
        _probes("undefended_probe", "without the limit", undefended),
        _probes("defended_probe", "with the limit", defended),
        _closed(defended),
        _visitor(result, OPEN, "A slow visitor is answered without the limit", True),
        _visitor(
            result, DEFENDED, f"The limit {by_the_limit} the slow visitor", spared
        ),
    )


def _denies(run: AttackRun) -> Finding:
    slots, step = run.summary["worker_slots"], run.reading.denied_step
    expected = run.wanted >= slots if slots else False
    return Finding(
        "undefended",
        "Without a limit slow clients deny a pool that they fill, and nothing else",
        (step is not None) is expected if run.reading.steps else None,
        "denied" if step else "not denied",
        "denied" if expected else "not denied",
    )


def _helps(undefended: AttackRun, defended: AttackRun) -> Finding:
    was_denied = undefended.reading.denied_step is not None
    is_denied = defended.reading.denied_step is not None
    return Finding(
        "limit_helps",
        "A server that is denied without the limit is not with it",
        not is_denied if was_denied and defended.reading.steps else None,
        "denied" if is_denied else "not denied",
        "not denied" if was_denied else "",
    )


def _probes(slug: str, how: str, run: AttackRun) -> Finding:
    statement = f"The honest client was answered during the attack {how}"
    ratio = run.reading.ok_ratio(PhaseName.ATTACK)
    return answered_share(slug, statement, ratio, BEFORE_OK)


def _closed(run: AttackRun) -> Finding:
    closed = run.summary["slow_closed"]
    return Finding(
        "closed_by_limit",
        "With the limit the server closes slow connections",
        closed > 0 if run.reading.steps else None,
        closed,
        "at least 1",
        "connections",
    )


def _visitor(
    result: ResultDocument, prefix: str, statement: str, expected: bool
) -> Finding:
    probes = _visitors(result, prefix)
    answered = sum(probe.ok for probe in probes)
    return Finding(
        f"{prefix}slow_visitor",
        statement,
        _answered(probes) is expected if probes else None,
        f"{answered} of {len(probes)}",
        "all" if expected else "none",
        "requests answered",
    )
