"""What runs of several servers measured, side by side. Pure: made of what runs tell.

Numbers stand side by side only where the scenario, its parameters, the machine and the
sandbox's level were the same (`comparison.refusal` in `labs/bench/statistics`). Runs of
one server are put together only if they are of one version with one configuration.
There is no score.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from labs.bench.statistics import comparison, intervals, run_set
from labs.bench.statistics.comparison import Compared
from labs.bench.statistics.figures import Figure, figures
from labs.bench.statistics.intervals import Interval

Result = Mapping[str, Any]
Names = Mapping[str, str]  # slug of a server -> its name


@dataclass(frozen=True)
class Told:
    """A finished run: its id, and of its result what is needed."""

    pk: Any
    finished_at: datetime
    result: Result

    @property
    def server(self) -> Mapping[str, Any]:
        """The server as it ran: slug, version, knobs."""
        return self.result["server"]


@dataclass(frozen=True)
class Side:
    """Runs of one server, one version and one configuration, the oldest first."""

    runs: tuple[Told, ...]
    inconclusive: int  # that many more were left out

    @property
    def server(self) -> Mapping[str, Any]:
        """The server as it ran."""
        return self.runs[-1].server

    @property
    def newest(self) -> Told:
        """The run that tells best how it was measured."""
        return self.runs[-1]


@dataclass(frozen=True)
class Cell:
    """One figure of one side."""

    figure: Figure
    run: Told

    @property
    def least(self) -> float:
        """The least of the runs' values."""
        return min(self.figure.known)

    @property
    def most(self) -> float:
        """The largest of the runs' values."""
        return max(self.figure.known)

    @property
    def without(self) -> int:
        """How many runs have no such number."""
        return len(self.figure.values) - len(self.figure.known)

    @property
    def interval(self) -> Interval | None:
        """Where the runs' median lies; None for too few runs."""
        complete = self.figure.complete
        return intervals.median_interval(self.figure.known) if complete else None


@dataclass(frozen=True)
class Row:
    """One figure of all sides: a cell for each, None for a side that lacks it."""

    figure: Figure
    cells: tuple[Cell | None, ...]
    said: tuple[str, ...]
    is_equal: bool


@dataclass(frozen=True)
class Table:
    """What one scenario measured under one set of conditions; a side for each name."""

    scenario: Mapping[str, Any]
    environment: Mapping[str, Any]
    sides: tuple[Side | None, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def columns(self) -> list[tuple[str, Side | None]]:
        """Each server's name with its side."""
        return list(zip(self.names, self.sides, strict=True))


# --- which runs belong together -------------------------------------------------------


def alike(told: Iterable[Told]) -> list[list[Told]]:
    """Put runs together that may be compared, in the order in which they come."""
    groups: dict[tuple[str, str], list[list[Told]]] = {}
    for run in told:
        scenario = run.result["scenario"]
        found = groups.setdefault((scenario["slug"], _text(scenario["params"])), [])
        for group in found:
            if not comparison.refusal([group[0].result, run.result]):
                group.append(run)
                break
        else:
            found.append([run])
    return [group for found in groups.values() for group in found]


def side(runs: Sequence[Told]) -> Side | None:
    """Return what stands for a server among alike runs; None if all are inconclusive.

    That is the version of the newest run, in the configuration it ran in most often,
    of equally many the newest.
    """
    usable = [run for run in runs if _is_conclusive(run)]
    if not usable:
        return None
    version = max(usable, key=_age).server["version"]
    by_knobs: dict[str, list[Told]] = {}
    for run in usable:
        if run.server["version"] == version:
            by_knobs.setdefault(_text(run.server["knobs"]), []).append(run)
    chosen = max(by_knobs.values(), key=lambda each: (len(each), max(map(_age, each))))
    left_out = [
        run
        for run in runs
        if run.server == chosen[0].server and not _is_conclusive(run)
    ]
    return Side(tuple(sorted(chosen, key=_age)), len(left_out))


def _age(run: Told) -> datetime:
    return run.finished_at


def _is_conclusive(run: Told) -> bool:
    return bool(run_set.conclusive([run.result]))


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)


# --- what they say --------------------------------------------------------------------


def table(sides: Sequence[Side | None], names: Sequence[str]) -> Table:
    """Return the figures that two sides or more have. Runs must have all of a result.

    At least two sides are not None.
    """
    several = [
        figures([run.result for run in side.runs]) if side else [] for side in sides
    ]
    results = [run.result for side in sides if side for run in side.runs]
    return Table(
        results[-1]["scenario"],
        results[-1]["environment"],
        tuple(sides),
        tuple(_rows(several, sides, names)),
        tuple(comparison.remarks(results)),
        tuple(names),
    )


def _rows(
    several: Sequence[list[Figure]],
    sides: Sequence[Side | None],
    names: Sequence[str],
) -> Iterable[Row]:
    pairs = _pairs(several, names)
    by_slug = [{figure.slug: figure for figure in found} for found in several]
    for slug in dict.fromkeys(slug for found in by_slug for slug in found):
        own = [found.get(slug) for found in by_slug]
        if sum(figure is not None for figure in own) < 2:
            continue
        cells = tuple(
            Cell(figure, side.newest) if figure and side else None
            for figure, side in zip(own, sides, strict=True)
        )
        told = [pair[slug] for pair in pairs if _has_both(pair.get(slug))]
        said = tuple(map(_said, told))
        yield Row(next(filter(None, own)), cells, said, _is_equal(own, told))


def _pairs(
    several: Sequence[list[Figure]], names: Sequence[str]
) -> list[dict[str, Compared]]:
    """Compare each two sides; slug -> what is known of the figure."""
    found = []
    for (left, first), (right, second) in combinations(
        zip(several, names, strict=True), 2
    ):
        floors = comparison.own_floors(left, right)
        rows = comparison.compare(left, right, (first, second), floors)
        found.append({row.figure.slug: row for row in rows})
    return found


def _has_both(compared: Compared | None) -> bool:
    return compared is not None and None not in (compared.left, compared.right)


def _said(compared: Compared) -> str:
    """Return the sentence without the name of the figure, which its row has."""
    told = compared.sentence.removeprefix(f"{compared.figure.statement}: ")
    return told[:1].upper() + told[1:]


def _is_equal(own: Sequence[Figure | None], told: Sequence[Compared]) -> bool:
    """Tell whether nothing in a row differs, as far as runs can tell."""
    if None in own:
        return False
    if len({value for figure in own for value in figure.values}) == 1:
        return True
    return all(each.difference and each.difference.word == "same" for each in told)
