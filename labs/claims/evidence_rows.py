"""Rows of a claim's evidence with links to the runs that their figures come from.

Evidence holds the rows as they were judged, and the runs that they rest on. The claim
says which run of them each row means; one that was changed since then and has not been
judged again leaves the rows without links, never with wrong ones.
"""

import re
from dataclasses import dataclass

from django.db.models import F
from django.urls import NoReverseMatch, reverse

from labs.bench.claims import expectations
from labs.bench.claims.declaration import SOURCE
from labs.bench.contracts import settings
from labs.bench.contracts.errors import SpecError
from labs.claims import evaluation
from labs.plugins import registry
from labs.presentation import setting_labels
from labs.presentation.number_format import number


@dataclass(frozen=True)
class LinkedText:
    """A part of a cell: text, and where it leads to, if anywhere."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class EvidenceRow:
    """A row of evidence; the runs and figures in it are texts with links."""

    statement: str
    measured: object
    expected: str
    holds: bool | None
    reason: str
    where: tuple  # of LinkedText, as is
    observed: tuple
    is_of_several: bool

    @property
    def is_number(self):
        """Whether it is a figure of one run."""
        return isinstance(self.measured, int | float) and not isinstance(
            self.measured, bool
        )


@dataclass(frozen=True)
class EvidenceRun:
    """A run that evidence rests on, and in words the settings that set it apart."""

    run: object
    settings: tuple = ()


def with_settings(runs):
    """Add to a queryset of runs what `rows` and `runs_of` tell them apart by."""
    return runs.annotate(
        result_knobs=F("result__server__knobs"),
        result_params=F("result__scenario__params"),
    )


def rows(claim, evidence):
    """Return the rows of a claim's evidence, with links to the runs they tell of."""
    declared = _read(claim)
    if declared is None:
        return tuple(_row(row, (), {}, "") for row in evidence.rows)
    urls = _urls(declared, evidence.runs.all())
    all_runs = f"{claim.get_absolute_url()}#runs" if evidence.runs.all() else ""
    named = [each for one in declared.expect for each in expectations.named(one)]
    named += [("", ())] * (len(evidence.rows) - len(named))
    return tuple(
        _row(row, runs if row["run"] == name else (), urls, all_runs)
        for row, (name, runs) in zip(evidence.rows, named, strict=False)
    )


def runs_of(claim, evidence):
    """Return the runs that evidence rests on, in the claim's order, as EvidenceRuns."""
    left, declared, found = list(evidence.runs.all()), _read(claim), []
    for wanted in declared.runs if declared else ():
        run = _run_of(wanted, left)
        if run is not None:
            left.remove(run)
            found.append(EvidenceRun(run, _distinct_settings(wanted, declared.runs)))
    return [*found, *map(EvidenceRun, left)]


def headline(evidence_rows, is_refuted):
    """Return the row that says most: a figure of one run before a comparison of many,
    and that before a verdict. None where nothing was measured.

    Of a refuted claim it is one that speaks against it.
    """
    measured = [row for row in evidence_rows if row.measured is not None]
    if is_refuted:
        measured = [row for row in measured if row.holds is False] or measured
    return min(
        measured,
        key=lambda row: (not row.is_number, not row.is_of_several),
        default=None,
    )


def _read(claim):
    try:
        return evaluation.read(claim)
    except SpecError:
        return None  # its page says what is wrong with it


# --- which run is meant ---------------------------------------------------------------


def _urls(declared, runs):
    """Return where each wanted run of a claim can be looked at, by its name."""
    found = {wanted.name: _url(wanted, runs) for wanted in declared.runs}
    return {name: url for name, url in found.items() if url}


def _url(wanted, runs):
    if wanted.scenario == SOURCE:
        try:
            return reverse("catalog:server_detail", args=[wanted.server])
        except NoReverseMatch:
            return ""
    run = _run_of(wanted, runs)
    return run.get_absolute_url() if run else ""


def _run_of(wanted, runs):
    """Return the run with just the settings that are wanted; None without any."""
    if wanted.scenario == SOURCE:
        return None
    try:
        resolved = registry.resolve(evaluation.spec_of(wanted))
    except SpecError:
        return None
    wanted_settings = (
        *(wanted.server, wanted.scenario),
        *(settings.as_dict(resolved.knobs), settings.as_dict(resolved.params)),
    )
    for run in runs:
        if (
            run.server,
            run.scenario,
            run.result_knobs,
            run.result_params,
        ) == wanted_settings:
            return run
    return None


def _distinct_settings(wanted, all_runs):
    """Return in words what a claim sets for a run and not for all of its runs."""
    knobs = {k: v for k, v in wanted.knobs.items() if not _all("knobs", k, v, all_runs)}
    params = {
        k: v for k, v in wanted.params.items() if not _all("params", k, v, all_runs)
    }
    return (
        *setting_labels.knob_texts(wanted.server, knobs),
        *setting_labels.param_texts(wanted.scenario, params),
    )


def _all(kind, name, value, runs):
    missing = object()
    return all(getattr(run, kind).get(name, missing) == value for run in runs)


# --- the words ------------------------------------------------------------------------


def _row(row, runs, urls, all_runs):
    names = {run.name: _title(run) for run in runs}
    is_of_several = len(runs) > 1
    if is_of_several or not runs:
        observed = _linked(_measured(row["measured"]), names, urls)
        where = _linked(row["run"], names, urls)
        if runs and not any(piece.url for piece in where):
            where = (LinkedText(row["run"], all_runs),)  # "4 runs against 3 runs"
    else:
        url = urls.get(runs[0].name, "")
        observed = (LinkedText(_measured(row["measured"]), url),)
        where = (LinkedText(names[runs[0].name]),)
    return EvidenceRow(
        row["statement"],
        row["measured"],
        row["expected"],
        row["holds"],
        row["reason"],
        where,
        observed,
        is_of_several,
    )


def _title(wanted):
    """Return a run's name with the server's name for its slug at the beginning."""
    driver = registry.servers().get(wanted.server)
    if driver and wanted.name.split(" (")[0] == wanted.server:
        return driver.name + wanted.name.removeprefix(wanted.server)
    return wanted.name


def _measured(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else number(value)


def _linked(text, names, urls):
    """Cut a text into pieces, each name of a run in it one that leads to the run."""
    if not names:
        return (LinkedText(text),)
    longest_first = sorted(names, key=len, reverse=True)
    some_name = "|".join(map(re.escape, longest_first))
    # Not a name that is a part of a longer word: "node" in "nodes".
    parts = re.split(rf"(?<![\w-])({some_name})(?![\w-])", text)
    return tuple(
        LinkedText(names.get(part, part), urls.get(part, "")) for part in parts if part
    )
