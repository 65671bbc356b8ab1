"""Holds one expectation of a claim against the results of its runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.bench.claims.declaration import Expectation, WantedRun

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Observed:
    """What there is of one wanted run: its result, or why there is none.

    `unavailable` says that it cannot be made on this machine.
    """

    result: Result | None = None
    reason: str = ""
    unavailable: bool = False


@dataclass(frozen=True)
class Row:
    """One thing that was expected of a run. `holds` is None where nobody can say."""

    run: str
    statement: str
    measured: Any
    expected: str
    holds: bool | None
    reason: str = ""
    unavailable: bool = False


def rows(told: Expectation, observed: Mapping[str, Observed]) -> Iterator[Row]:
    """Yield what was expected of each run, or once of several, and what was seen."""
    if told.test in ("above", "below"):
        yield _between(told, observed)
    elif told.test == "same_within_percent":
        yield _alike(told, observed)
    else:
        yield from (_of_one(told, run, observed[run.name]) for run in told.runs)


def named(told: Expectation) -> list[tuple[str, tuple[WantedRun, ...]]]:
    """Return the name of each row that `rows` yields, and the runs that it tells of."""
    if told.test in ("above", "below"):
        name = f"{_names(told.runs)} against {_names(told.others)}"
        return [(name, (*told.runs, *told.others))]
    if told.test == "same_within_percent":
        return [(_names(told.runs), told.runs)]
    return [(run.name, (run,)) for run in told.runs]


def _of_one(told: Expectation, run: WantedRun, seen: Observed) -> Row:
    expected = _expected(told, seen.result)
    if reason := _why_not(seen):
        return _unsure(run.name, told, expected, reason, seen.unavailable)
    result = seen.result
    if told.verdicts:
        measured = result["verdict"]
        return Row(run.name, "Verdict", measured, expected, measured in told.verdicts)
    if told.finding:
        finding = _finding(result, told.finding)
        if finding is None or finding["holds"] is None:
            return _unsure(run.name, told, expected, "The run has no such finding")
        return Row(
            run.name,
            finding["statement"],
            finding["measured"],
            expected,
            finding["holds"],
        )
    return _of_figure(told, run, result, expected)


def _of_figure(told: Expectation, run: WantedRun, result: Result, expected: str) -> Row:
    measured, wanted = figure(result, told.figure), _value(told.value, result)
    if measured is None or wanted is None:
        return _unsure(run.name, told, expected, "The run has no such figure")
    holds = {
        "equals": abs(measured - wanted) <= abs(wanted) * told.percent / 100,
        "at_least": measured >= wanted,
        "at_most": measured <= wanted,
    }[told.test]
    return Row(run.name, label(result, told.figure), measured, expected, holds)


def _between(told: Expectation, observed: Mapping[str, Observed]) -> Row:
    """Compare two groups: the worst of one must be beyond the best of the other.

    Differences below the margin are no difference, and the row does not hold then.
    Runs that cannot be made here are left out; one that was inconclusive decides that
    nobody can say.
    """
    ours, theirs = (
        _measured(told, runs, observed) for runs in (told.runs, told.others)
    )
    ((name, _),) = named(told)
    expected = f"{told.test} the others, by more than {told.percent:g} %"
    for side in (ours, theirs):
        if side.reason:
            return _unsure(name, told, expected, side.reason, side.unavailable)
    is_above = told.test == "above"
    pick, other = (min, max) if is_above else (max, min)
    worst, best = pick(ours.values), other(theirs.values)
    margin = 1 + told.percent / 100
    holds = worst[0] > best[0] * margin if is_above else worst[0] * margin < best[0]
    words = ("lowest", "highest") if is_above else ("highest", "lowest")
    seen = (
        f"{words[0]} {plain(worst[0])} ({worst[1]}), "
        f"{words[1]} of the others {plain(best[0])} ({best[1]})"
    )
    return Row(name, ours.label, seen, expected, holds)


def _alike(told: Expectation, observed: Mapping[str, Observed]) -> Row:
    seen = _measured(told, told.runs, observed)
    expected = f"the same within {told.value:g} %"
    ((name, _),) = named(told)
    if seen.reason:
        return _unsure(name, told, expected, seen.reason, seen.unavailable)
    low, high = min(seen.values), max(seen.values)
    told_values = ", ".join(f"{plain(value)} ({run})" for value, run in seen.values)
    holds = high[0] - low[0] <= abs(high[0]) * float(told.value) / 100
    return Row(name, seen.label, told_values, expected, holds)


@dataclass(frozen=True)
class _Side:
    """A figure in several runs: (value, run's name); or why there is none."""

    values: tuple[tuple[float, str], ...] = ()
    label: str = ""
    reason: str = ""
    unavailable: bool = False


def _measured(
    told: Expectation, runs: Sequence[WantedRun], observed: Mapping[str, Observed]
) -> _Side:
    values, text, absent = [], told.figure, ""
    for run in runs:
        seen = observed[run.name]
        if seen.unavailable:
            absent = absent or seen.reason
            continue
        if reason := _why_not(seen):
            return _Side(reason=f"{run.name}: {reason}")
        value = figure(seen.result, told.figure)
        if value is None:
            return _Side(reason=f"{run.name} has no figure {told.figure}")
        text = label(seen.result, told.figure)
        values.append((value, run.name))
    if not values:
        return _Side(reason=absent, unavailable=True)
    return _Side(tuple(values), text)


def _unsure(
    run: str, told: Expectation, expected: str, reason: str, unavailable: bool = False
) -> Row:
    statement = told.figure or told.finding or "Verdict"
    return Row(run, statement, None, expected, None, reason, unavailable)


def _why_not(seen: Observed) -> str:
    """Return why a run says nothing; empty if it does."""
    if seen.result is None:
        return seen.reason or "It was not run yet"
    if seen.result["verdict"] == "inconclusive":
        return f"Inconclusive: {seen.result['sentence']}"
    return ""


# --- reading a result -----------------------------------------------------------------


def figure(result: Result, name: str) -> float | None:
    """Return a figure: a name of the summary, else a finding that measured a number."""
    value = result["summary"].get(name)
    if value is None and (found := _finding(result, name)) is not None:
        value = found["measured"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


def label(result: Result, name: str) -> str:
    """Return what a figure is called for people."""
    found = _finding(result, name)
    return found["statement"] if found else name.replace("_", " ").capitalize()


def _finding(result: Result, slug: str) -> Mapping[str, Any] | None:
    return next((f for f in result["findings"] if f["slug"] == slug), None)


def _value(told: Any, result: Result | None) -> float | None:
    if isinstance(told, str):
        return figure(result, told) if result else None
    return told


def _expected(told: Expectation, result: Result | None) -> str:
    if told.verdicts:
        return " or ".join(told.verdicts)
    if told.finding:
        return "holds"
    value = _value(told.value, result)
    shown = told.value if value is None else plain(value)
    words = {"equals": "", "at_least": "at least ", "at_most": "at most "}[told.test]
    within = f", within {told.percent:g} %" if told.percent else ""
    return f"{words}{shown}{within}"


def _names(runs: Sequence[WantedRun]) -> str:
    names = [run.name for run in runs]
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} runs"


def plain(value: float) -> str:
    """Write a figure for people."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
