"""Claims of the catalog as runs to make and what must be seen in them. Pure.

A claim's file names its runs and expectations as plain values; `parse` reads them and
`claims.evidence` judges results by them. Lists among a run's values make one run for
each combination.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.events import Verdict

SOURCE = "source"  # not a scenario: the lines and branches of a server's own source
_RUN_KEYS = {"name", "server", "scenario", "knobs", "params"}
_TESTS = ("equals", "at_least", "at_most", "above", "below", "same_within_percent")
_EXPECT_KEYS = {
    *("of", "figure", "finding", "verdict", "within_percent", "margin_percent"),
    *_TESTS,
}


@dataclass(frozen=True)
class WantedRun:
    """One run that a claim rests on. `name` is unique within the claim.

    `entry` is the number, from 0, of the entry of the claim's runs that it comes from.
    """

    name: str
    server: str
    scenario: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    entry: int = field(default=0, compare=False)

    def answers_to(self, selectors: Sequence[str]) -> bool:
        """Say whether one of the selectors means it: its name, server or scenario."""
        return bool({self.name, self.server, self.scenario} & set(selectors))


@dataclass(frozen=True)
class Expectation:
    """What must be measured in runs: in each of them, or between two groups.

    One of: a verdict among `verdicts`; a `finding` that holds; a `figure` (a name of
    the summary, or the slug of a finding that measured) with `test` and `value`. A
    value may name another figure of the same run. `percent` is the tolerance of
    `equals`, and the margin below which two groups count as the same.
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
    """Read a claim's plain values; SpecError says what is wrong, and in which entry.

    The error's `field` is `runs` or `expect`, and where it is about one entry, the
    number of that from 0: `runs.2`.
    """
    for key, entries in (("runs", runs), ("expect", expect)):
        if not isinstance(entries, list | tuple):
            raise SpecError(f"{key} must be a list, not {entries!r}", field=key)
    # Sentences count entries from 1, as people do; `field` counts from 0.
    wanted = [run for at, entry in enumerate(runs, 1) for run in _runs(entry, at)]
    if not wanted or not expect:
        message = f"Claim {code} needs at least one run and one expectation"
        raise SpecError(message, field="expect" if wanted else "runs")
    names = [run.name for run in wanted]
    if twice := [run for at, run in enumerate(wanted) if run.name in names[:at]]:
        message = f"Claim {code} has two runs called {twice[0].name!r}"
        raise SpecError(message, field=f"runs.{twice[0].entry}")
    found = tuple(_expectation(entry, at, wanted) for at, entry in enumerate(expect, 1))
    return Claim(slug, code, statement, tuple(wanted), found)


# --- runs -----------------------------------------------------------------------------


def _runs(entry: Mapping[str, Any], at: int) -> Iterator[WantedRun]:
    try:
        yield from _runs_of(entry, f"Run {at}", at - 1)
    except SpecError as error:
        raise SpecError(error.message, field=f"runs.{at - 1}") from None


def _runs_of(values: Mapping[str, Any], where: str, number: int) -> Iterator[WantedRun]:
    _check_keys(values, _RUN_KEYS, where)
    for key in ("server", "scenario"):
        if not values.get(key):
            raise SpecError(f"{where} names no {key}")
    _check_text(values.get("name") or "", f"{where}: name")
    _check_text(values["scenario"], f"{where}: scenario")
    knobs, params = values.get("knobs") or {}, values.get("params") or {}
    for key, given in (("knobs", knobs), ("params", params)):
        if not isinstance(given, Mapping):
            raise SpecError(f"{where}: {key} must be a mapping, not {given!r}")
    for server in _listed(values["server"]):
        _check_text(server, f"{where}: server")
        for knobs_now, varied in _combinations(knobs):
            for params_now, also in _combinations(params):
                name = _name(values.get("name"), server, [*varied, *also])
                yield WantedRun(
                    name, server, values["scenario"], knobs_now, params_now, number
                )


def _name(given: str | None, server: str, varied: Sequence[str]) -> str:
    name = (given or "{server}").replace("{server}", server)
    return f"{name} ({', '.join(varied)})" if varied else name


def _combinations(
    values: Mapping[str, Any],
) -> Iterator[tuple[dict[str, Any], list[str]]]:
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
    entry: Mapping[str, Any], at: int, wanted: Sequence[WantedRun]
) -> Expectation:
    try:
        return _expected(entry, f"Expectation {at}", wanted)
    except SpecError as error:
        raise SpecError(error.message, field=f"expect.{at - 1}") from None


def _expected(
    values: Mapping[str, Any], where: str, wanted: Sequence[WantedRun]
) -> Expectation:
    _check_keys(values, _EXPECT_KEYS, where)
    runs = _chosen(values.get("of"), wanted, where)
    kinds = [key for key in ("verdict", "finding", "figure") if values.get(key)]
    if len(kinds) != 1:
        raise SpecError(f"{where} must have one of verdict, finding and figure")
    if kinds == ["verdict"]:
        return Expectation(runs, verdicts=_verdicts(values["verdict"], where))
    _check_text(values[kinds[0]], f"{where}: {kinds[0]}")
    if kinds == ["finding"]:
        return Expectation(runs, finding=values["finding"])
    return _of_figure(values, where, runs, wanted)


def _of_figure(
    values: Mapping[str, Any],
    where: str,
    runs: tuple[WantedRun, ...],
    wanted: Sequence[WantedRun],
) -> Expectation:
    tests = [name for name in _TESTS if name in values]
    if len(tests) != 1:
        raise SpecError(f"{where} must have one of {', '.join(_TESTS)}")
    test = tests[0]
    others: tuple[WantedRun, ...] = ()
    if test in ("above", "below"):
        others = _chosen(values[test], wanted, where)
    percent = values.get("within_percent", values.get("margin_percent", 0))
    # To Python a bool is an int: true would be 1.
    if isinstance(percent, bool) or not isinstance(percent, int | float):
        raise SpecError(f"{where}: a tolerance must be a number, not {percent!r}")
    return Expectation(
        runs,
        figure=values["figure"],
        test=test,
        value=None if others else values[test],
        others=others,
        percent=float(percent),
    )


def _verdicts(value: Any, where: str) -> tuple[str, ...]:
    names = tuple(_listed(value))
    known = {str(verdict) for verdict in Verdict}
    if unknown := [name for name in names if name not in known]:
        raise SpecError(f"{where}: {unknown[0]!r} is no verdict")
    return names


def _chosen(
    value: Any, wanted: Sequence[WantedRun], where: str
) -> tuple[WantedRun, ...]:
    if value is None:
        return tuple(wanted)
    for selector in _listed(value):
        if not any(run.answers_to([selector]) for run in wanted):
            raise SpecError(f"{where} speaks of {selector!r}, which no run is called")
    return tuple(run for run in wanted if run.answers_to(_listed(value)))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_text(value: Any, what: str) -> None:
    if not isinstance(value, str):
        raise SpecError(f"{what} must be text, not {value!r}")


def _check_keys(values: Any, known: set[str], where: str) -> None:
    if not isinstance(values, Mapping):
        raise SpecError(f"{where} must be a mapping, not {values!r}")
    if unknown := sorted(map(str, set(values) - known)):
        listed = ", ".join(sorted(known))
        raise SpecError(f"{where}: unknown key {unknown[0]!r}; known: {listed}")
