"""The judgement of a run whose attack only holds connections open.

Shared by several scenarios: the verdict and its sentence are those of `attack`, the
findings say what was measured and what was expected. Pure.
"""

from collections.abc import Sequence

from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import Finding, Judgement, PhaseName
from labs.bench.verdicts.attack import BEFORE_OK, HELD, SLOW, AttackRun, Nouns
from labs.bench.verdicts.reading import answered_share
from labs.bench.verdicts.wording import plural


def judge(
    result: ResultDocument, steps: Sequence[int], nouns: Nouns = SLOW
) -> Judgement:
    """Judge a run whose attack was planned to go through `steps` of connections."""
    run = AttackRun(result, steps, nouns)
    return Judgement(*run.verdict(), findings(run))


def findings(run: AttackRun) -> tuple[Finding, ...]:
    """Return what was measured in every run of the kind, whatever its verdict."""
    return (
        _probe_finding(run, PhaseName.BEFORE, "before"),
        _denied_at(run),
        _tolerated_at(run),
        _probe_finding(run, PhaseName.ATTACK, "during"),
        *_workers_finding(run),
        _held_finding(run),
        _refused_finding(run),
        *_recovery_finding(run),
        *_ended_finding(run),
    )


def _probe_finding(run: AttackRun, phase: PhaseName, word: str) -> Finding:
    return answered_share(
        f"probe_{word}",
        f"The honest client was answered {word} the attack",
        run.reading.ok_ratio(phase),
        BEFORE_OK,
    )


def _denied_at(run: AttackRun) -> Finding:
    """Compare the step that denied with the first that is no smaller than the pool."""
    step, slots = run.reading.denied_step, run.summary["worker_slots"]
    measured = step.connections if step else None
    expected = next((n for n in run.tried if slots and n >= slots), None)
    connections = plural(run.nouns.connection)
    statement = (
        f"It is denied by as many {connections} as it has {_pool_noun(run)}"
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


def _pool_noun(run: AttackRun) -> str:
    return plural(run.result["server"]["worker_noun"])


def _tolerated_at(run: AttackRun) -> Finding:
    step, slots = run.reading.tolerated_step, run.summary["worker_slots"]
    connections = plural(run.nouns.connection)
    return Finding(
        "tolerated_at",
        f"The most {connections} under which honest clients were answered",
        None,
        step.connections if step else 0,
        f"fewer than {slots:,}" if slots else run.wanted,
        connections,
    )


def _workers_finding(run: AttackRun) -> list[Finding]:
    slots, busy = run.summary["worker_slots"], run.summary["workers_busy_max"]
    if not slots or busy is None:
        return []
    expected = min(slots, run.wanted)
    noun = run.result["server"]["worker_noun"]
    return [
        Finding(
            "workers_held",
            f"{run.nouns.clients.capitalize()} hold one {noun} each",
            min(busy, slots) >= expected,
            busy,
            expected,
            _pool_noun(run),
        )
    ]


def _held_finding(run: AttackRun) -> Finding:
    held, wanted = run.summary["connections_held_max"], run.wanted
    return Finding(
        "connections_held",
        f"The {plural(run.nouns.connection)} that were opened were held open together",
        held >= HELD * wanted,
        held,
        wanted,
        "connections",
    )


def _refused_finding(run: AttackRun) -> Finding:
    return Finding.figure(
        "refused_or_closed",
        f"{plural(run.nouns.connection).capitalize()} that the server refused or "
        "closed",
        run.summary["slow_refused"] + run.summary["slow_closed"],
        "connections",
    )


def _ended_finding(run: AttackRun) -> list[Finding]:
    """Return what number of connections ended the server; nothing if it lived on."""
    if run.reading.end is None:
        return []
    connections = plural(run.nouns.connection)
    return [
        Finding(
            "ended_at",
            f"No number of {connections} ends the server",
            False,
            run.reading.steps[-1].connections if run.reading.steps else None,
            "never",
            connections,
        )
    ]


def _recovery_finding(run: AttackRun) -> list[Finding]:
    if run.reading.denial is None:
        return []
    recovered_s = run.reading.recovered_after_s
    return [
        Finding(
            "recovered_after",
            f"It answered again once the {run.nouns.clients} had left",
            recovered_s is not None,
            None if recovered_s is None else round(recovered_s, 2),
            f"at most {run.result['scenario']['params']['after_s']:g}",
            "s after the attack",
        )
    ]
