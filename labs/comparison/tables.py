"""What runs of several servers measured, side by side: pure functions of results.

Numbers stand side by side only where the scenario, its parameters, the machine and the
sandbox's level were the same (`comparison.refusal` in `labs/bench/statistics`). Runs of
one server are put together only if they are of one version with one configuration.
There is no score.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from labs.bench.contracts.result_document import ResultDocument
from labs.bench.statistics import comparison, intervals, run_set
from labs.bench.statistics.comparison import Compared
from labs.bench.statistics.figures import Figure, figures
from labs.bench.statistics.intervals import Interval

Names = Mapping[str, str]  # slug of a server -> its name


@dataclass(frozen=True)
class MeasuredRun:
    """A finished run: its primary key, and the parts of its result that are needed."""

    pk: Any
    finished_at: datetime
    result: ResultDocument

    @property
    def server(self) -> Mapping[str, Any]:
        """The server as it ran: slug, version, knobs."""
        return self.result["server"]


@dataclass(frozen=True)
class ServerRuns:
    """Runs of one server, one version and one configuration, the oldest first."""

    runs: tuple[MeasuredRun, ...]
    inconclusive: int  # that many more were left out

    @property
    def server(self) -> Mapping[str, Any]:
        """The server as it ran."""
        return self.runs[-1].server

    @property
    def newest(self) -> MeasuredRun:
        """The run that tells best how it was measured."""
        return self.runs[-1]


@dataclass(frozen=True)
class FigureCell:
    """One figure of one side."""

    figure: Figure
    run: MeasuredRun

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
class FigureRow:
    """One figure of all sides: a cell for each, None for a side that lacks it."""

    figure: Figure
    cells: tuple[FigureCell | None, ...]
    sentences: tuple[str, ...]  # one for each two sides
    is_equal: bool


@dataclass(frozen=True)
class FigureTable:
    """What one scenario measured under one set of conditions; a side for each name."""

    scenario: Mapping[str, Any]
    environment: Mapping[str, Any]
    sides: tuple[ServerRuns | None, ...]
    rows: tuple[FigureRow, ...]
    remarks: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def columns(self) -> list[tuple[str, ServerRuns | None]]:
        """Each server's name with its side."""
        return list(zip(self.names, self.sides, strict=True))


# --- which runs belong together -------------------------------------------------------


def comparable_groups(runs: Iterable[MeasuredRun]) -> list[list[MeasuredRun]]:
    """Group the runs that may be compared with each other, in their order."""
    groups: dict[tuple[str, str], list[list[MeasuredRun]]] = {}
    for run in runs:
        scenario = run.result["scenario"]
        found = groups.setdefault((scenario["slug"], _text(scenario["params"])), [])
        for group in found:
            if not comparison.refusal([group[0].result, run.result]):
                group.append(run)
                break
        else:
            found.append([run])
    return [group for found in groups.values() for group in found]


def runs_of_server(runs: Sequence[MeasuredRun]) -> ServerRuns | None:
    """Return the runs that stand for a server in a table; None if all are inconclusive.

    `runs` were made under the same conditions. Of them those are chosen that are of the
    newest run's version, in the configuration it ran in most often; of configurations
    that are equally frequent the newest one.
    """
    usable = [run for run in runs if _is_conclusive(run)]
    if not usable:
        return None
    version = max(usable, key=_age).server["version"]
    by_knobs: dict[str, list[MeasuredRun]] = {}
    for run in usable:
        if run.server["version"] == version:
            by_knobs.setdefault(_text(run.server["knobs"]), []).append(run)
    chosen = max(by_knobs.values(), key=lambda each: (len(each), max(map(_age, each))))
    left_out = [
        run
        for run in runs
        if run.server == chosen[0].server and not _is_conclusive(run)
    ]
    return ServerRuns(tuple(sorted(chosen, key=_age)), len(left_out))


def _age(run: MeasuredRun) -> datetime:
    return run.finished_at


def _is_conclusive(run: MeasuredRun) -> bool:
    return bool(run_set.conclusive([run.result]))


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True)


# --- what they say --------------------------------------------------------------------


def table(sides: Sequence[ServerRuns | None], names: Sequence[str]) -> FigureTable:
    """Return the figures that two sides or more have. Runs must have all of a result.

    At least two sides are not None.
    """
    several = [
        figures([run.result for run in side.runs]) if side else [] for side in sides
    ]
    results = [run.result for side in sides if side for run in side.runs]
    return FigureTable(
        results[-1]["scenario"],
        results[-1]["environment"],
        tuple(sides),
        tuple(_rows(several, sides, names)),
        tuple(comparison.remarks(results)),
        tuple(names),
    )


def _rows(
    several: Sequence[list[Figure]],
    sides: Sequence[ServerRuns | None],
    names: Sequence[str],
) -> Iterable[FigureRow]:
    pairs = _pairs(several, names)
    by_slug = [{figure.slug: figure for figure in found} for found in several]
    for slug in dict.fromkeys(slug for found in by_slug for slug in found):
        row_figures = [found.get(slug) for found in by_slug]
        if sum(figure is not None for figure in row_figures) < 2:
            continue
        cells = tuple(
            FigureCell(figure, side.newest) if figure and side else None
            for figure, side in zip(row_figures, sides, strict=True)
        )
        compared = [pair[slug] for pair in pairs if _has_both(pair.get(slug))]
        yield FigureRow(
            next(filter(None, row_figures)),
            cells,
            tuple(map(_sentence, compared)),
            _is_equal(row_figures, compared),
        )


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


def _sentence(compared: Compared) -> str:
    """Return the sentence without the name of the figure, which its row has."""
    text = compared.sentence.removeprefix(f"{compared.figure.statement}: ")
    return text[:1].upper() + text[1:]


def _is_equal(cells: Sequence[Figure | None], compared: Sequence[Compared]) -> bool:
    """Tell whether nothing in a row differs, as far as runs can show it."""
    known = [figure for figure in cells if figure is not None]
    if len(known) < len(cells):
        return False
    if len({value for figure in known for value in figure.values}) == 1:
        return True
    return all(each.difference and each.difference.word == "same" for each in compared)
