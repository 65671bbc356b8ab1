"""Compares one expectation of a claim with the results of its runs. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from labs.bench.claims.declaration import Expectation, WantedRun
from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import FindingEntry, ResultDocument


@dataclass(frozen=True)
class Observed:
    """What there is of one wanted run: its result, or why there is none.

    `unavailable` says that it cannot be made on this machine.
    """

    result: ResultDocument | None = None
    reason: str = ""
    unavailable: bool = False


@dataclass(frozen=True)
class EvidenceRow:
    """One thing that was expected of a run. `holds` is None where nobody can say."""

    run: str
    statement: str
    measured: Any
    expected: str
    holds: bool | None
    reason: str = ""
    unavailable: bool = False


def rows(
    expectation: Expectation, observed: Mapping[str, Observed]
) -> Iterator[EvidenceRow]:
    """Yield what was expected of each run, or once of several, and what was measured.

    `observed` has an entry for the name of each run.
    """
    if expectation.test in ("above", "below"):
        yield _between(expectation, observed)
    elif expectation.test == "same_within_percent":
        yield _same(expectation, observed)
    else:
        for run in expectation.runs:
            yield _of_one(expectation, run, observed[run.name])


def named(expectation: Expectation) -> list[tuple[str, tuple[WantedRun, ...]]]:
    """Return the name of each row that `rows` yields, and the runs that it is about."""
    if expectation.test in ("above", "below"):
        name = f"{_names(expectation.runs)} against {_names(expectation.others)}"
        return [(name, (*expectation.runs, *expectation.others))]
    if expectation.test == "same_within_percent":
        return [(_names(expectation.runs), expectation.runs)]
    return [(run.name, (run,)) for run in expectation.runs]


def _of_one(
    expectation: Expectation, run: WantedRun, observed: Observed
) -> EvidenceRow:
    result, expected = observed.result, _expected(expectation, observed.result)
    reason = _why_not(observed)
    if reason or result is None:
        return _unsure(run.name, expectation, expected, reason, observed.unavailable)
    if expectation.verdicts:
        verdict = result["verdict"]
        holds = verdict in expectation.verdicts
        return EvidenceRow(run.name, "Verdict", verdict, expected, holds)
    if expectation.finding:
        return _of_finding(expectation, run, result, expected)
    return _of_figure(expectation, run, result, expected)


def _of_finding(
    expectation: Expectation, run: WantedRun, result: ResultDocument, expected: str
) -> EvidenceRow:
    finding = _finding(result, expectation.finding)
    if finding is None or finding["holds"] is None:
        return _unsure(run.name, expectation, expected, "The run has no such finding")
    statement, measured = finding["statement"], finding["measured"]
    return EvidenceRow(run.name, statement, measured, expected, finding["holds"])


def _of_figure(
    expectation: Expectation, run: WantedRun, result: ResultDocument, expected: str
) -> EvidenceRow:
    measured = figure(result, expectation.figure)
    wanted = _value(expectation.value, result)
    if measured is None or wanted is None:
        return _unsure(run.name, expectation, expected, "The run has no such figure")
    holds = {
        "equals": abs(measured - wanted) <= abs(wanted) * expectation.percent / 100,
        "at_least": measured >= wanted,
        "at_most": measured <= wanted,
    }[expectation.test]
    statement = label(result, expectation.figure)
    return EvidenceRow(run.name, statement, measured, expected, holds)


def _between(expectation: Expectation, observed: Mapping[str, Observed]) -> EvidenceRow:
    """Compare two groups: the worst of one must be beyond the best of the other.

    Differences below the margin are no difference, and the row does not hold then.
    Runs that cannot be made here are left out; one that was inconclusive decides that
    nobody can say.
    """
    ours, theirs = (
        _measured(expectation, runs, observed)
        for runs in (expectation.runs, expectation.others)
    )
    ((name, _),) = named(expectation)
    expected = f"{expectation.test} the others, by more than {expectation.percent:g} %"
    for group in (ours, theirs):
        if group.reason:
            return _unsure(name, expectation, expected, group.reason, group.unavailable)
    is_above = expectation.test == "above"
    pick, other = (min, max) if is_above else (max, min)
    worst, best = pick(ours.values), other(theirs.values)
    margin = 1 + expectation.percent / 100
    holds = worst[0] > best[0] * margin if is_above else worst[0] * margin < best[0]
    words = ("lowest", "highest") if is_above else ("highest", "lowest")
    measured = (
        f"{words[0]} {plain(worst[0])} ({worst[1]}), "
        f"{words[1]} of the others {plain(best[0])} ({best[1]})"
    )
    return EvidenceRow(name, ours.label, measured, expected, holds)


def _same(expectation: Expectation, observed: Mapping[str, Observed]) -> EvidenceRow:
    group = _measured(expectation, expectation.runs, observed)
    expected = f"the same within {expectation.value:g} %"
    ((name, _),) = named(expectation)
    if group.reason:
        return _unsure(name, expectation, expected, group.reason, group.unavailable)
    low, high = min(group.values), max(group.values)
    measured = ", ".join(f"{plain(value)} ({run})" for value, run in group.values)
    holds = high[0] - low[0] <= abs(high[0]) * float(expectation.value) / 100
    return EvidenceRow(name, group.label, measured, expected, holds)


@dataclass(frozen=True)
class _GroupFigure:
    """A figure in several runs: (value, run's name); or why there is none."""

    values: tuple[tuple[float, str], ...] = ()
    label: str = ""
    reason: str = ""
    unavailable: bool = False


def _measured(
    expectation: Expectation,
    runs: Sequence[WantedRun],
    observed: Mapping[str, Observed],
) -> _GroupFigure:
    name = text = expectation.figure
    values: list[tuple[float, str]] = []
    absent = ""
    for run in runs:
        of_run = observed[run.name]
        if of_run.unavailable:
            absent = absent or of_run.reason
            continue
        reason = _why_not(of_run)
        if reason or of_run.result is None:
            return _GroupFigure(reason=f"{run.name}: {reason}")
        value = figure(of_run.result, name)
        if value is None:
            return _GroupFigure(reason=f"{run.name} has no figure {name}")
        text = label(of_run.result, name)
        values.append((value, run.name))
    if not values:
        return _GroupFigure(reason=absent, unavailable=True)
    return _GroupFigure(tuple(values), text)


def _unsure(
    run: str,
    expectation: Expectation,
    expected: str,
    reason: str,
    unavailable: bool = False,
) -> EvidenceRow:
    statement = expectation.figure or expectation.finding or "Verdict"
    return EvidenceRow(run, statement, None, expected, None, reason, unavailable)


def _why_not(observed: Observed) -> str:
    """Return why a run says nothing; empty if it does."""
    if observed.result is None:
        return observed.reason or "It was not run yet"
    if observed.result["verdict"] == Verdict.INCONCLUSIVE:
        return f"Inconclusive: {observed.result['sentence']}"
    return ""


# --- reading a result -----------------------------------------------------------------


def figure(result: ResultDocument, name: str) -> float | None:
    """Return a figure: a name of the summary, else a finding that measured a number."""
    value: Any = cast(Mapping[str, Any], result["summary"]).get(name)
    if value is None and (found := _finding(result, name)) is not None:
        value = found["measured"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def label(result: ResultDocument, name: str) -> str:
    """Return what a figure is called for people."""
    found = _finding(result, name)
    return found["statement"] if found else name.replace("_", " ").capitalize()


def _finding(result: ResultDocument, slug: str) -> FindingEntry | None:
    return next((f for f in result["findings"] if f["slug"] == slug), None)


def _value(value: Any, result: ResultDocument | None) -> float | None:
    """Return the number to compare with: given, or another figure of the same run."""
    if isinstance(value, str):
        return figure(result, value) if result else None
    return cast(float | None, value)


def _expected(expectation: Expectation, result: ResultDocument | None) -> str:
    if expectation.verdicts:
        return " or ".join(expectation.verdicts)
    if expectation.finding:
        return "holds"
    value = _value(expectation.value, result)
    shown = expectation.value if value is None else plain(value)
    tests = {"equals": "", "at_least": "at least ", "at_most": "at most "}
    percent = expectation.percent
    within = f", within {percent:g} %" if percent else ""
    return f"{tests[expectation.test]}{shown}{within}"


def _names(runs: Sequence[WantedRun]) -> str:
    names = [run.name for run in runs]
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} runs"


def plain(value: float) -> str:
    """Write a figure for people."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
