"""Compares two sets of runs: what is larger, by how much, and what may be noise. Pure.

Refuses where the numbers were not made under the same conditions: a difference would
then say nothing about the servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.bench import repeats, sets
from labs.bench.repeats import Difference, Interval
from labs.bench.sets import Figure

Result = Mapping[str, Any]
Floors = Mapping[str, float]

_MACHINE = (
    ("cpu", "processor"),
    ("kernel", "kernel"),
    ("cores", "number of cores"),
)


@dataclass(frozen=True)
class Compared:
    """One figure on both sides. `difference` is None where there is no ratio."""

    left: Figure
    right: Figure
    difference: Difference | None
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Describe it."""
        found = self.difference
        interval = found.ratio.interval if found else None
        return {
            "statement": self.left.statement,
            "unit": self.left.unit,
            "left": self.left.value,
            "right": self.right.value,
            "ratio": found.ratio.value if found else None,
            "interval": [interval.low, interval.high] if interval else None,
            "noise_floor": found.floor if found else None,
            "difference": found.word if found else None,
            "sentence": self.sentence,
        }


def refusal(runs: Iterable[Result]) -> str:
    """Return why runs must not be compared with each other; empty if they may."""
    seen: dict[str, dict[str, None]] = {}
    for run in runs:
        for what, value in _conditions(run):
            seen.setdefault(what, {})[value] = None
    for what, values in seen.items():
        if len(values) > 1:
            first, second, *_ = values
            return f"They differ in the {what}: {first} and {second}"
    return ""


def _conditions(run: Result) -> Iterable[tuple[str, str]]:
    environment = run["environment"]
    for name, what in _MACHINE:
        yield what, str(environment[name])
    yield "sandbox's level", environment["sandbox"]["level"]
    yield "cores given to the server", str(len(environment["pinned"]["server"]))
    yield "scenario", run["scenario"]["slug"]
    for name, value in run["scenario"]["params"].items():
        yield f"parameter {name}", str(value)


def compare(
    left: Sequence[Result],
    right: Sequence[Result],
    names: tuple[str, str],
    floors: Floors,
) -> list[Compared]:
    """Compare figure by figure those that both sets have. `floors`: slug -> share."""
    other = {figure.slug: figure for figure in sets.figures(right)}
    return [
        _compared(figure, other[figure.slug], names, floors.get(figure.slug))
        for figure in sets.figures(left)
        if figure.slug in other
    ]


def own_floors(*several: Sequence[Result]) -> dict[str, float]:
    """Return the noise floor of each figure by splitting each set against itself."""
    return highest_floors(*map(sets.noise, several))


def highest_floors(*noises: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the highest floor of each figure among what was measured."""
    floors: dict[str, float] = {}
    for found in noises:
        for slug, told in (found or {}).items():
            floors[slug] = max(floors.get(slug, 0.0), told["floor"])
    return floors


def _compared(
    left: Figure, right: Figure, names: tuple[str, str], floor: float | None
) -> Compared:
    a, b = left.known, right.known
    if set(a) == set(b) and len(set(a)) == 1:
        sentence = f"{left.statement}: the same in every run"
        return Compared(left, right, None, sentence)
    if min(*a, *b) <= 0:
        spans = f"{names[0]} {_span(a)}, {names[1]} {_span(b)} {left.unit}".rstrip()
        sentence = f"{left.statement}: {spans}; a ratio of zeros means nothing"
        return Compared(left, right, None, sentence)
    found = repeats.difference(a, b, floor)
    return Compared(left, right, found, _sentence(left, found, names))


def _sentence(figure: Figure, found: Difference, names: tuple[str, str]) -> str:
    interval = found.ratio.interval
    if interval is None:
        times = f"{found.ratio.value:.2f} times {names[1]}'s"
        return (
            f"{figure.statement}: {names[0]}'s is {times}; too few runs for an "
            "interval (4 of each at least)"
        )
    if found.word == "different":
        return _different(figure, interval, names)
    if found.word == "same":
        floor = _percent(found.floor)
        return f"{figure.statement}: no difference larger than {floor}, the noise floor"
    return f"{figure.statement}: {_open(found, interval, names)}"


def _different(figure: Figure, interval: Interval, names: tuple[str, str]) -> str:
    more, less = names if interval.low > 1 else reversed(names)
    times = interval if interval.low > 1 else interval.inverse()
    told = f"{_times(times.low, times)} to {_times(times.high, times)} times"
    if figure.unit == "requests/s":
        return f"{figure.statement}: {more} answers {told} the requests/s of {less}"
    return f"{figure.statement}: {more}'s is {told} {less}'s"


def _open(found: Difference, interval: Interval, names: tuple[str, str]) -> str:
    told = f"{names[0]}'s is {interval.low:.2f} to {interval.high:.2f} times"
    if found.floor is None:
        return f"{told} {names[1]}'s, which may be no difference"
    floor = _percent(found.floor)
    return f"{told} {names[1]}'s, which may be the noise ({floor}); repeat more often"


def _times(value: float, interval: Interval) -> str:
    """Write a factor so that the two ends of its interval can be told apart."""
    digits = 1 if interval.high - interval.low >= 0.1 else 2
    return f"{value:,.{digits}f}"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 2 else f"{percent:.1f} %"


def _span(values: Sequence[float]) -> str:
    return f"{min(values):g} to {max(values):g}"
