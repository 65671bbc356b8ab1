"""Compares two sets of runs: what is larger, by how much, and what may be noise. Pure.

Refuses where the numbers were not made under the same conditions: a difference would
then say nothing about the servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.bench.statistics import noise, run_set, sentences
from labs.bench.statistics.figures import Figure
from labs.bench.statistics.noise import Difference

SCHEMA = "concsite-comparison/1"

Result = Mapping[str, Any]
Floors = Mapping[str, float]

_MACHINE = (
    ("cpu", "processor"),
    ("kernel", "kernel"),
    ("cores", "number of cores"),
)


@dataclass(frozen=True)
class Compared:
    """One figure; None on a side that does not have it. `difference` is None unless
    every run of both sides has it."""

    left: Figure | None
    right: Figure | None
    difference: Difference | None
    sentence: str

    @property
    def figure(self) -> Figure:
        """The figure, of whichever side has it."""
        return self.left or self.right

    def as_json(self) -> dict[str, Any]:
        """Describe it; `interval` is of the ratio, or of the shift in its place."""
        found = self.difference
        estimate = found and (found.ratio or found.shift)
        interval = estimate and estimate.interval
        return {
            "statement": self.figure.statement,
            "unit": self.figure.unit,
            "left": self.left.value if self.left else None,
            "right": self.right.value if self.right else None,
            "ratio": found.ratio.value if found and found.ratio else None,
            "shift": found.shift.value if found and found.shift else None,
            "interval": [interval.low, interval.high] if interval else None,
            "noise_floor": found.floor if found else None,
            "difference": found.word if found else None,
            "sentence": self.sentence,
        }


def refusal(runs: Iterable[Result]) -> str:
    """Return why runs must not be compared with each other; empty if they may."""
    for what, values in _seen(_conditions, runs).items():
        if len(values) > 1:
            first, second, *_ = values
            return f"They differ in the {what}: {first} and {second}"
    return ""


def remarks(runs: Iterable[Result]) -> list[str]:
    """Return what is to be known beside a comparison of runs: what made them."""
    return [
        f"They were made by different {what}: {', '.join(values)}"
        for what, values in _seen(_makers, runs).items()
        if len(values) > 1
    ]


def _seen(conditions: Any, runs: Iterable[Result]) -> dict[str, dict[str, None]]:
    """Return the values of each condition, in the order in which they are met."""
    seen: dict[str, dict[str, None]] = {}
    for run in runs:
        for what, value in conditions(run):
            seen.setdefault(what, {})[value] = None
    return seen


def _conditions(run: Result) -> Iterator[tuple[str, str]]:
    environment = run["environment"]
    for name, what in _MACHINE:
        yield what, str(environment[name])
    yield "sandbox's level", environment["sandbox"]["level"]
    for whose in ("server", "load"):
        cores = len(environment["pinned"][whose])
        yield f"number of cores given to the {whose}", str(cores)
    yield "scenario", run["scenario"]["slug"]
    for name, value in run["scenario"]["params"].items():
        yield f"parameter {name}", str(value)


def _makers(run: Result) -> Iterator[tuple[str, str]]:
    environment = run["environment"]
    yield "versions of Python", environment["python"]
    if environment["load_source_commit"]:
        yield "versions of this program", environment["load_source_commit"][:12]


def compare(
    left: Sequence[Figure],
    right: Sequence[Figure],
    names: tuple[str, str],
    floors: Floors,
) -> list[Compared]:
    """Compare figure by figure. `floors`: slug -> share."""
    first, second = ({figure.slug: figure for figure in side} for side in (left, right))
    return [
        _compared(first.get(slug), second.get(slug), names, floors.get(slug))
        for slug in first | second
    ]


def own_floors(*several: Sequence[Figure]) -> dict[str, float]:
    """Return the noise floor of each figure by splitting each set against itself."""
    return highest_floors(*map(run_set.noise, several))


def highest_floors(*noises: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the highest floor of each figure among what was measured."""
    floors: dict[str, float] = {}
    for found in noises:
        for slug, told in (found or {}).items():
            floors[slug] = max(floors.get(slug, 0.0), told["floor"])
    return floors


def _compared(
    left: Figure | None,
    right: Figure | None,
    names: tuple[str, str],
    floor: float | None,
) -> Compared:
    if left is None or right is None or not (left.complete and right.complete):
        sentence = sentences.incomplete(left, right, names)
        return Compared(left, right, None, sentence)
    found = noise.difference(left.known, right.known, floor)
    sentence = sentences.sentence(left, right, found, names)
    return Compared(left, right, found, sentence)
