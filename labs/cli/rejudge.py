"""`lab rejudge`: checks and verdict again, from what was stored, as of today."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from django.db import transaction

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.events import Status
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.result import recheck
from labs.bench.result.document import with_judgement
from labs.bench.result.recheck import Rechecked
from labs.bench.verdicts import live_changes
from labs.claims import evaluation
from labs.cli.set_files import read_json
from labs.models import LabRun
from labs.plugins import registry

_UNJUDGED: dict[str, Any] = {"verdict": None, "sentence": "", "findings": []}


def judge(document: Mapping[str, Any]) -> Rechecked:
    """Return a result document with the checks and the verdict it is given now.

    Raises SpecError for one that is not a finished result, or of an unknown scenario.
    """
    try:
        slug, status = document["scenario"]["slug"], document["status"]
    except (TypeError, KeyError):
        raise SpecError("This is not a result document") from None
    if status != Status.FINISHED:
        raise SpecError(f"Only a finished run can be judged; this one is {status}")
    scenario = registry.scenarios().get(slug)
    if scenario is None:
        raise SpecError(f"Unknown scenario {slug!r}: its plug-in is not here")
    try:
        # What is missing in it after all is an error of the kinds below.
        checked = recheck.again(cast(ResultDocument, document), scenario.headline)
        unjudged = cast(ResultDocument, checked.document | _UNJUDGED)
        judged = with_judgement(unjudged, live_changes.judge(scenario, unjudged))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise SpecError(f"Incomplete result document: {error!r}") from None
    return replace(checked, document=judged)


def in_database(ids: list[str]) -> Iterator[str]:
    """Judge stored runs again, all if none is named; yield a line for each."""
    runs = LabRun.objects.finished().filter(result__isnull=False)
    if ids:
        runs = runs.filter(pk__in=filter(None, map(_uuid, ids)))
        missing = set(ids) - {str(pk) for pk in runs.values_list("pk", flat=True)}
        if missing:
            raise SpecError(f"No finished run {', '.join(sorted(missing))}")
    for pk in list(runs.order_by("created_at").values_list("pk", flat=True)):
        yield _again(pk)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _again(pk: Any) -> str:
    with transaction.atomic():
        run = LabRun.objects.select_for_update().get(pk=pk)
        before = run.result or {}
        try:
            judged = judge(before)
        except SpecError as error:
            return f"{pk}: left as it is. {error.message}"
        run.result = judged.document
        run.verdict = run.result["verdict"]
        run.verdict_sentence = run.result["sentence"]
        run.save(update_fields=["result", "verdict", "verdict_sentence"])
    evaluation.after_run(run)
    return f"{pk}: {_change(before, judged)}"


def in_file(path: str) -> str:
    """Judge a result document from a file, as `lab run --json` wrote it."""
    document = read_json(path)
    return f"{path}: {_change(document, judge(document))}"


def _change(before: Mapping[str, Any], judged: Rechecked) -> str:
    after = judged.document
    change = f"{after['verdict']}, as before"
    if before.get("verdict") != after["verdict"]:
        change = f"{before.get('verdict')} -> {after['verdict']}"
    text = f"{change}. {after['sentence']}"
    return f"{text}. {judged.remark}" if judged.remark else text
