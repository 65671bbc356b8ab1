"""Measured figures of servers from the finished runs that everybody may see."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import cast

from labs.bench.contracts.result_document import ResultDocument
from labs.bench.statistics import run_set
from labs.comparison.tables import MeasuredRun, comparable_groups, runs_of_server, table
from labs.models import LabRun
from labs.plugins import registry
from labs.presentation.addresses import form_url

_LOOK_BACK = 300  # runs, of all the servers together; older ones are not shown
_MAX_RUNS = 30  # of one server in one table, the newest
_MAX_TABLES = 10
_MAX_OFFERS = 4
_CONDITIONS = ("server", "scenario", "environment")
_NUMBERS = ("findings", "phases")


@dataclass(frozen=True)
class Offer:
    """A run that would let another server be compared with what was measured."""

    scenario: str
    server: str
    url: str


@dataclass(frozen=True)
class MeasuredTables:
    """The tables of several servers, and how many runs of each were left out."""

    tables: list = field(default_factory=list)
    left_out: dict = field(default_factory=dict)
    offers: list = field(default_factory=list)


def measured(names):
    """Return what was measured of servers; `names`: slug -> name. Two queries."""
    runs = _newest_runs(names)
    groups = [_by_server(group, names) for group in comparable_groups(runs)]
    found = [group for group in groups if sum(map(bool, group.values())) > 1]
    found = _with_numbers(found[:_MAX_TABLES])
    return MeasuredTables(
        [table(list(sides.values()), list(names.values())) for sides in found],
        _left_out(runs, names),
        list(_offers(groups, names))[:_MAX_OFFERS],
    )


def _newest_runs(names):
    """Return the newest runs, the newest first, with the conditions they were made in.

    Results can be megabytes, so that only parts of them are asked for.
    """
    rows = LabRun.objects.public_results().filter(
        server__in=names, finished_at__isnull=False
    )
    columns = [f"result__{name}" for name in _CONDITIONS]
    return [
        MeasuredRun(
            row["pk"],
            row["finished_at"],
            # A part of it is enough to say which runs may be compared.
            cast(
                ResultDocument,
                {name: row[f"result__{name}"] for name in _CONDITIONS}
                | {"verdict": row["verdict"]},
            ),
        )
        for row in rows.order_by("-finished_at").values(
            "pk", "finished_at", "verdict", *columns
        )[:_LOOK_BACK]
    ]


def _by_server(group, names):
    """Return each server's ServerRuns in a group of runs that may be compared."""
    found = defaultdict(list)
    for run in group:
        found[run.server["slug"]].append(run)
    return {slug: runs_of_server(found[slug]) for slug in names}


def _with_numbers(groups):
    """Read what the runs measured; one query for all of them."""
    groups = [
        {
            slug: side and replace(side, runs=side.runs[-_MAX_RUNS:])
            for slug, side in sides.items()
        }
        for sides in groups
    ]
    wanted = [
        run.pk
        for sides in groups
        for side in sides.values()
        if side
        for run in side.runs
    ]
    columns = [f"result__{name}" for name in _NUMBERS]
    rows = LabRun.objects.filter(pk__in=wanted).values("pk", *columns)
    found = {
        row["pk"]: {name: row[f"result__{name}"] for name in _NUMBERS} for row in rows
    }
    return [
        {slug: side and _with_results(side, found) for slug, side in sides.items()}
        for sides in groups
    ]


def _with_results(side, found):
    runs = (replace(run, result=run.result | found[run.pk]) for run in side.runs)
    return replace(side, runs=tuple(runs))


def _left_out(runs, names):
    """Count the inconclusive runs of each server that has any, by its name."""
    counts: defaultdict[str, int] = defaultdict(int)
    for run in runs:
        counts[names[run.server["slug"]]] += not run_set.conclusive([run.result])
    return {name: count for name, count in counts.items() if count}


def _offers(groups, names):
    """Yield the runs that are missing for a comparison, the newest scenarios first."""
    seen = set()
    for sides in groups:
        measured_side = next(filter(None, sides.values()), None)
        if measured_side is None:
            continue
        newest = measured_side.newest
        slug = newest.result["scenario"]["slug"]
        for server, side in sides.items():
            if side or (slug, server) in seen or not _applies(slug, server):
                continue
            seen.add((slug, server))
            title = registry.scenarios()[slug].title
            yield Offer(title, names[server], form_url(slug, server, newest))


def _applies(scenario, server):
    driver = registry.servers().get(server)
    found = registry.scenarios().get(scenario)
    if driver is None or found is None:
        return False
    return not registry.applicable(driver, found)
