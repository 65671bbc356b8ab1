"""The catalog's claims, put to the test by runs on this machine.

Joins a claim's row with the plug-ins: which runs it wants, which of them there are,
and what they show.
"""

from dataclasses import dataclass

from django.db import transaction

from labs.bench.claims import declaration, evidence
from labs.bench.claims.declaration import SOURCE
from labs.bench.claims.expectations import Observed
from labs.bench.contracts import settings
from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.spec import Spec
from labs.bench.verdicts import live_changes
from labs.models import Evidence, LabRun
from labs.plugins import registry
from labs.presentation import code_metrics
from models_catalog.hooks import Fault
from models_catalog.models import Claim

PROGRAM = "server.py"  # the source of a teaching server
_LOOK_BACK = 20  # runs of one server and scenario; older ones are not evidence


@dataclass(frozen=True)
class FoundRun:
    """What there is of one wanted run: a finished run, or a source that was read."""

    wanted: declaration.WantedRun
    observed: Observed
    run: LabRun | None = None

    @property
    def is_missing(self):
        """Whether there is no such run yet and one can be made."""
        return self.observed.result is None and not self.observed.unavailable


def read(row):
    """Return the claim in a row. SpecError for what is wrong in it."""
    return declaration.parse(row.slug, row.code, row.statement, row.runs, row.expect)


def problems(row):
    """Return what is wrong with a claim, as sentences; none if it can be tested."""
    return [fault.sentence for fault in faults(row)]


def faults(row):
    """Return what is wrong with a claim, as Faults; none if it can be tested.

    The claim is a row, or the page of a content file. Runs of one entry that fail for
    the same reason are one fault.
    """
    try:
        wanted = read(row).runs
    except SpecError as error:
        key, _, entry = (error.field or "").partition(".")
        return [Fault(key, int(entry) if entry else None, error.message)]
    found: dict[tuple[int, str], Fault] = {}
    for run in wanted:
        try:
            _check(run)
        except SpecError as error:
            sentence = f"Run {run.name!r}: {error.message}"
            fault = Fault("runs", run.entry, sentence)
            found.setdefault((run.entry, error.message), fault)
    return list(found.values())


def _check(run):
    if run.scenario != SOURCE:
        registry.resolve(spec_of(run))
    elif source_of(run.server) is None:
        raise SpecError(f"{run.server} has no source of ours to read")


def spec_of(run):
    """Return the spec of a wanted run."""
    return Spec.from_dict(
        {
            "server": run.server,
            "scenario": run.scenario,
            "knobs": dict(run.knobs),
            "params": dict(run.params),
        }
    )


def source_of(slug):
    """Return the path of a teaching server's source; None for any other server."""
    driver = registry.servers().get(slug)
    path = driver.folder / PROGRAM if driver else None
    return path if path and path.is_file() else None


# --- the runs there are ---------------------------------------------------------------


def find_runs(claim):
    """Return a FoundRun for each run that a parsed claim wants, in their order."""
    return [_find_run(run) for run in claim.runs]


def _find_run(run):
    if run.scenario == SOURCE:
        return FoundRun(run, Observed(_read_source(run.server)))
    driver = registry.servers()[run.server]
    newest = newest_run(run)
    if newest is not None:
        return FoundRun(run, Observed(newest.result), newest)
    found = registry.availability(driver)
    if not found.available:
        return FoundRun(run, Observed(reason=found.reason, unavailable=True))
    return FoundRun(run, Observed(reason="It was not run yet"))


def newest_run(run):
    """Return the newest finished run with just these settings; None without any.

    One that a command changed on the way had other settings.
    """
    resolved = registry.resolve(spec_of(run))
    wanted = settings.as_dict(resolved.knobs), settings.as_dict(resolved.params)
    rows = LabRun.objects.public_results().filter(
        server=run.server, scenario=run.scenario
    )
    for row in rows.order_by("-finished_at")[:_LOOK_BACK]:
        result = row.result
        had = result["server"]["knobs"], result["scenario"]["params"]
        if had == wanted and not live_changes.commands(result):
            return row
    return None


def _read_source(slug):
    text = source_of(slug).read_text(encoding="utf-8")
    return {
        "verdict": "measured",
        "sentence": "",
        "summary": {
            "source_lines": code_metrics.source_lines(text),
            "branches": code_metrics.branches(text),
        },
        "findings": [],
    }


# --- evidence -------------------------------------------------------------------------


def refresh(row):
    """Judge a claim by the newest runs there are; return its newest evidence.

    New evidence is stored where the runs or what they say have changed. One that says
    the opposite of the last sure one is marked with how that stood.
    """
    claim = read(row)
    found = find_runs(claim)
    judged = evidence.judge(claim, {each.wanted.name: each.observed for each in found})
    runs = [each.run for each in found if each.run is not None]
    with transaction.atomic():
        return Evidence.objects.record(row, judged, runs)


def after_run(run):
    """Judge again the claims that want such a run; return how many there were.

    A claim that a curator has left malformed is passed over: its page says so.
    """
    rows = [row for row in Claim.objects.published() if _wants(row, run)]
    for row in rows:
        refresh(row)
    return len(rows)


def _wants(row, run):
    return not problems(row) and any(_asks_for(run, entry) for entry in row.runs)


def _asks_for(run, entry):
    servers = entry.get("server")
    listed = servers if isinstance(servers, list) else [servers]
    return entry.get("scenario") == run.scenario and run.server in listed
