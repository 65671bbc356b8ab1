"""Compares two sets of runs: what is larger, by how much, and what may be noise. Pure.

Refuses where the numbers were not made under the same conditions: a difference would
then say nothing about the servers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.set_document import ComparedEntry, NoiseEntry
from labs.bench.statistics import noise, run_set, sentences
from labs.bench.statistics.figures import Figure
from labs.bench.statistics.noise import Difference

SCHEMA = "concsite-comparison/1"

# The noise floor of a figure by its slug, as a share.
Floors = Mapping[str, float]
# Yields what made a run what it is: (what it is, its value).
Conditions = Callable[[ResultDocument], Iterator[tuple[str, str]]]


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
        return next(figure for figure in (self.left, self.right) if figure)

    def as_json(self) -> ComparedEntry:
        """Describe it; `interval` is of the ratio, or of the shift in its place."""
        found = self.difference
        estimate = (found.ratio or found.shift) if found else None
        interval = estimate.interval if estimate else None
        return {
            "statement": self.figure.statement,
            "unit": self.figure.unit,
            "left": self.left.value if self.left else None,
            "right": self.right.value if self.right else None,
            "ratio": found.ratio.value if found and found.ratio else None,
            "shift": found.shift.value if found and found.shift else None,
            "interval": interval.as_json() if interval else None,
            "noise_floor": found.floor if found else None,
            "difference": found.word if found else None,
            "sentence": self.sentence,
        }


def refusal(runs: Iterable[ResultDocument]) -> str:
    """Return why runs must not be compared with each other; empty if they may."""
    for what, values in _values(_conditions, runs).items():
        if len(values) > 1:
            first, second, *_ = values
            return f"They differ in the {what}: {first} and {second}"
    return ""


def remarks(runs: Iterable[ResultDocument]) -> list[str]:
    """Return what is to be known beside a comparison of runs: what made them."""
    return [
        f"They were made by different {what}: {', '.join(values)}"
        for what, values in _values(_makers, runs).items()
        if len(values) > 1
    ]


def _values(
    conditions: Conditions, runs: Iterable[ResultDocument]
) -> dict[str, dict[str, None]]:
    """Return the values of each condition, in the order in which they are met."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for what, value in conditions(run):
            found.setdefault(what, {})[value] = None
    return found


def _conditions(run: ResultDocument) -> Iterator[tuple[str, str]]:
    environment = run["environment"]
    yield "processor", environment["cpu"]
    yield "kernel", environment["kernel"]
    yield "number of cores", str(environment["cores"])
    yield "sandbox's level", environment["sandbox"]["level"]
    pinned = environment["pinned"]
    # How many, not which: the kernel may offer others the next time.
    yield "number of cores given to the server", str(len(pinned["server"]))
    yield "number of cores given to the load", str(len(pinned["load"]))
    yield "scenario", run["scenario"]["slug"]
    for name, value in run["scenario"]["params"].items():
        yield f"parameter {name}", str(value)


def _makers(run: ResultDocument) -> Iterator[tuple[str, str]]:
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


def highest_floors(*noises: Mapping[str, NoiseEntry] | None) -> dict[str, float]:
    """Return the highest floor of each figure among what was measured."""
    floors: dict[str, float] = {}
    for found in noises:
        # The highest, so that a quiet hour does not make a difference of noise.
        for slug, noise_of in (found or {}).items():
            floors[slug] = max(floors.get(slug, 0.0), noise_of["floor"])
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
