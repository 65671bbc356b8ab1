"""`lab claims`: puts the claims of the catalog to the test and prints the table.

Runs go into the site's database like any others, so that the pages of the claims show
them as evidence and each can be looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from labs.bench.claims.declaration import SOURCE, WantedRun
from labs.bench.claims.evidence import Standing
from labs.bench.contracts.errors import SpecError
from labs.claims import evaluation
from labs.cli import exit_codes, text_table
from labs.cli.output_file import check_path, print_lines, stream_beside, write
from labs.cli.run_queue import RunQueue, expected_s
from models_catalog.models import Claim

SCHEMA = "concsite-claims/1"
ONCE_MORE = 2  # how often a run is made again that its own checks do not believe


@dataclass(frozen=True)
class ClaimsRequest:
    """Which claims: by code or slug, all if none is named. `again`: run all anew."""

    ids: Sequence[str] = ()
    again: bool = False
    only_list: bool = False
    json_to: str = ""


def claims(asked: ClaimsRequest, out: TextIO | None = None) -> int:
    """Make the runs that are missing, judge, print the table; return the exit code."""
    rows = chosen(asked.ids)
    check_path(asked.json_to)
    out = out or stream_beside(asked.json_to)
    wanted = missing(rows, again=asked.again)
    if asked.only_list:
        print_lines(out, _planned(wanted))
        return exit_codes.FINISHED
    code = make(wanted, out)
    evidence = [evaluation.refresh(row) for row in rows]
    print_lines(out, table(evidence))
    unsure = any(each.standing == Standing.INCONCLUSIVE for each in evidence)
    found = exit_codes.INCONCLUSIVE if unsure else exit_codes.FINISHED
    return write(_document(evidence), asked.json_to) or exit_codes.worst([found, code])


def make(wanted: Sequence[WantedRun], out: TextIO) -> int:
    """Make runs, and those again that were disturbed; return an exit code.

    The checks of a run (`trust`) see the machine and not what was to be found out, so
    that making it again favours no outcome.
    """
    queue = RunQueue(out)
    code = queue.make(wanted)
    for _ in range(ONCE_MORE):
        disturbed = [run for run in wanted if _is_doubted(run)]
        if code != exit_codes.FINISHED or not disturbed:
            break
        print_lines(
            out, [f"Made again, since they could not be trusted: {len(disturbed)}"]
        )
        code = queue.make(disturbed)
    return code


def _is_doubted(run: WantedRun) -> bool:
    newest = evaluation.newest_run(run)
    return newest is not None and newest.result["trust"]["holds"] is False


def chosen(ids: Sequence[str]) -> list[Claim]:
    """Return the claims' rows; SpecError for one that there is not, or is malformed."""
    rows = list(Claim.objects.published())
    if not rows:
        raise SpecError("The catalog has no claims; manage.py catalog sync reads them")
    named = [_find(rows, name) for name in ids] or rows
    for row in named:
        if found := evaluation.problems(row):
            raise SpecError(f"Claim {row.code}: {found[0]}")
    return named


def _find(rows: Sequence[Claim], name: str) -> Claim:
    for row in rows:
        if name.lower() in (row.code.lower(), row.slug):
            return row
    known = ", ".join(row.code for row in rows)
    raise SpecError(f"Unknown claim {name[:60]!r}; known: {known}")


def missing(rows: Sequence[Claim], *, again: bool) -> list[WantedRun]:
    """Return the runs to make, each once, however many claims rest on it."""
    wanted: dict[str, WantedRun] = {}
    for row in rows:
        for each in evaluation.find_runs(evaluation.read(row)):
            if each.is_missing or (again and _can_be_made(each)):
                key = evaluation.spec_of(each.wanted).to_json()
                wanted.setdefault(key, each.wanted)
    return list(wanted.values())


def _can_be_made(each: evaluation.FoundRun) -> bool:
    return each.wanted.scenario != SOURCE and not each.observed.unavailable


# --- what is printed ------------------------------------------------------------------


def _planned(wanted: Sequence[WantedRun]) -> Iterator[str]:
    for run in wanted:
        yield f"{run.scenario}  {run.name}  at most {expected_s(run):.0f} s"
    total_s = sum(map(expected_s, wanted))
    yield f"{len(wanted)} runs are missing, at most {total_s / 60:.1f} minutes"


def table(evidence: Sequence[Any]) -> Iterator[str]:
    """Write the table of claims, and below it what each says."""
    heads = ("claim", "", "runs", "statement")
    yield from text_table.lines([heads, *map(_row, evidence)])
    yield ""
    for each in evidence:
        flipped = f" (before: {each.flipped_from})" if each.is_flipped else ""
        yield f"{each.claim.code}  {each.get_standing_display()}{flipped}: " + (
            each.sentence
        )


def _row(evidence: Any) -> tuple[str, ...]:
    return (
        evidence.claim.code,
        evidence.get_standing_display(),
        str(evidence.runs.count()),
        evidence.claim.statement,
    )


def _document(evidence: Sequence[Any]) -> dict[str, Any]:
    return {"schema": SCHEMA, "claims": [_evidence_as_json(each) for each in evidence]}


def _evidence_as_json(evidence: Any) -> dict[str, Any]:
    return {
        "code": evidence.claim.code,
        "slug": evidence.claim.slug,
        "statement": evidence.claim.statement,
        "standing": evidence.standing,
        "flipped_from": evidence.flipped_from,
        "sentence": evidence.sentence,
        "rows": evidence.rows,
        "runs": [str(run.pk) for run in evidence.runs.all()],
        "versions": evidence.versions,
        "host": evidence.host,
        "made_at": evidence.made_at.isoformat(timespec="seconds"),
    }
