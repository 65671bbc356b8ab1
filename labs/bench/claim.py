"""Claims of the catalog as runs to make and what must be seen in them. Pure.

A claim's file names its runs and expectations as plain values; `parse` reads them and
`bench.evidence` judges results by them. Lists among a run's values make one run for
each combination.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.bench.errors import SpecError
from labs.bench.events import Verdict

SOURCE = "source"  # not a scenario: the lines and branches of a server's own source
_RUN_KEYS = {"name", "server", "scenario", "knobs", "params"}
_TESTS = ("equals", "at_least", "at_most", "above", "below", "same_within_percent")
_EXPECT_KEYS = {
    *("of", "figure", "finding", "verdict", "within_percent", "margin_percent"),
    *_TESTS,
}


@dataclass(frozen=True)
class WantedRun:
    """One run that a claim rests on. `name` is unique within the claim."""

    name: str
    server: str
    scenario: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    def answers_to(self, selectors: Sequence[str]) -> bool:
        """Say whether one of the selectors means it: its name, server or scenario."""
        return bool({self.name, self.server, self.scenario} & set(selectors))


@dataclass(frozen=True)
class Expectation:
    """What must be seen in runs: in each of them, or between two groups.

    One of: a verdict among `verdicts`; a `finding` that holds; a `figure` (a name of
    the summary, or the slug of a finding that measured) with `test` and `value`. A
    value may name another figure of the same run. `percent` is the tolerance of
    `equals`, and the margin below which two groups count as alike.
    """

    runs: tuple[WantedRun, ...]
    verdicts: tuple[str, ...] = ()
    finding: str = ""
    figure: str = ""
    test: str = ""
    value: Any = None
    others: tuple[WantedRun, ...] = ()
    percent: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A statement with the runs that put it to the test."""

    slug: str
    code: str
    statement: str
    runs: tuple[WantedRun, ...]
    expect: tuple[Expectation, ...]


def parse(
    slug: str,
    code: str,
    statement: str,
    runs: Sequence[Mapping[str, Any]],
    expect: Sequence[Mapping[str, Any]],
) -> Claim:
    """Read a claim's plain values; SpecError says what is wrong, and in which entry."""
    wanted = [run for at, told in enumerate(runs, 1) for run in _runs(told, at)]
    if not wanted or not expect:
        raise SpecError(f"Claim {code} needs at least one run and one expectation")
    names = [run.name for run in wanted]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SpecError(f"Claim {code} has two runs called {min(twice)!r}")
    found = tuple(_expectation(told, at, wanted) for at, told in enumerate(expect, 1))
    return Claim(slug, code, statement, tuple(wanted), found)


# --- runs -----------------------------------------------------------------------------


def _runs(told: Mapping[str, Any], at: int) -> Iterator[WantedRun]:
    where = f"Run {at}"
    _check_keys(told, _RUN_KEYS, where)
    for key in ("server", "scenario"):
        if not told.get(key):
            raise SpecError(f"{where} names no {key}")
    knobs, params = told.get("knobs") or {}, told.get("params") or {}
    for server in _listed(told["server"]):
        for knobs_now, varied in _combinations(knobs):
            for params_now, also in _combinations(params):
                name = _name(told.get("name"), server, [*varied, *also])
                yield WantedRun(name, server, told["scenario"], knobs_now, params_now)


def _name(given: str | None, server: str, varied: Sequence[str]) -> str:
    name = (given or "{server}").format(server=server)
    return f"{name} ({', '.join(varied)})" if varied else name


def _combinations(values: Mapping[str, Any]) -> Iterator[tuple[dict, list[str]]]:
    """Yield each combination of listed values, and what tells it from the others."""
    options = [_listed(value) for value in values.values()]
    for chosen in itertools.product(*options):
        now = dict(zip(values, chosen, strict=True))
        varied = [
            f"{name} {value}"
            for (name, value), several in zip(now.items(), options, strict=True)
            if len(several) > 1
        ]
        yield now, varied


# --- expectations ---------------------------------------------------------------------


def _expectation(
    told: Mapping[str, Any], at: int, wanted: Sequence[WantedRun]
) -> Expectation:
    where = f"Expectation {at}"
    _check_keys(told, _EXPECT_KEYS, where)
    runs = _chosen(told.get("of"), wanted, where)
    kinds = [key for key in ("verdict", "finding", "figure") if told.get(key)]
    if len(kinds) != 1:
        raise SpecError(f"{where} must have one of verdict, finding and figure")
    if kinds == ["verdict"]:
        return Expectation(runs, verdicts=_verdicts(told["verdict"], where))
    if kinds == ["finding"]:
        return Expectation(runs, finding=told["finding"])
    return _of_figure(told, where, runs, wanted)


def _of_figure(
    told: Mapping[str, Any],
    where: str,
    runs: tuple[WantedRun, ...],
    wanted: Sequence[WantedRun],
) -> Expectation:
    tests = [name for name in _TESTS if name in told]
    if len(tests) != 1:
        raise SpecError(f"{where} must have one of {', '.join(_TESTS)}")
    test = tests[0]
    others: tuple[WantedRun, ...] = ()
    if test in ("above", "below"):
        others = _chosen(told[test], wanted, where)
    percent = told.get("within_percent", told.get("margin_percent", 0))
    return Expectation(
        runs,
        figure=told["figure"],
        test=test,
        value=None if others else told[test],
        others=others,
        percent=float(percent),
    )


def _verdicts(told: Any, where: str) -> tuple[str, ...]:
    names = tuple(_listed(told))
    known = {str(verdict) for verdict in Verdict}
    if unknown := set(names) - known:
        raise SpecError(f"{where}: {min(unknown)!r} is no verdict")
    return names


def _chosen(
    told: Any, wanted: Sequence[WantedRun], where: str
) -> tuple[WantedRun, ...]:
    if told is None:
        return tuple(wanted)
    for selector in _listed(told):
        if not any(run.answers_to([selector]) for run in wanted):
            raise SpecError(f"{where} speaks of {selector!r}, which no run is called")
    return tuple(run for run in wanted if run.answers_to(_listed(told)))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_keys(told: Any, known: set[str], where: str) -> None:
    if not isinstance(told, Mapping):
        raise SpecError(f"{where} must be a mapping, not {told!r}")
    if unknown := sorted(set(told) - known):
        listed = ", ".join(sorted(known))
        raise SpecError(f"{where}: unknown key {unknown[0]!r}; known: {listed}")
