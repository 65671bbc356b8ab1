"""Ticks of old runs: thinned to one a second, later to the last one.

They are most of what a run stores. The result document has their values in columns and
stays, so charts, tables and downloads are as before. What goes is how the board looked
in between.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labs.bench.observer.board import fold
from labs.maintenance.quiet import wait_while_measuring
from labs.models import LabRun, RunEvent

logger = logging.getLogger(__name__)

Runs = QuerySet[LabRun]
_ALL, _THINNED, _LAST = LabRun.StoredTicks

_exceptions: list[Callable[[], Runs]] = []


def never_prune(runs: Callable[[], Runs]) -> None:
    """Register, from an app's `ready`, what returns runs whose ticks must stay."""
    _exceptions.append(runs)


def prunable() -> Runs:
    """Return the runs whose ticks may go when they are old."""
    found = LabRun.objects.with_prunable_ticks()
    for runs in _exceptions:
        found = found.exclude(pk__in=runs().order_by().values("pk"))
    return found


@dataclass(frozen=True)
class _Tick:
    """A tick that stays, with what those before it that go have left in it."""

    pk: int
    payload: dict[str, Any]


def prune() -> str:
    """Prune the ticks of old runs; return a sentence on it."""
    thinned, thinned_rows = _prune_older_than(
        settings.LABS_TICKS_WHOLE_DAYS, (_ALL,), _THINNED
    )
    dropped, dropped_rows = _prune_older_than(
        settings.LABS_TICKS_THINNED_DAYS, (_ALL, _THINNED), _LAST
    )
    return (
        f"Runs thinned to one tick a second: {thinned}; to the last tick: {dropped}; "
        f"ticks removed: {thinned_rows + dropped_rows}"
    )


def _prune_older_than(days, stored, target):
    limit = timezone.now() - timedelta(days=days)
    old = prunable().filter(stored_ticks__in=stored, finished_at__lt=limit)
    runs = rows = 0
    for key in list(old.order_by("finished_at").values_list("pk", flat=True)):
        wait_while_measuring()
        try:
            rows += prune_run(key, target)
            runs += 1
        except (KeyError, TypeError, ValueError) as error:
            # Rows that nobody can read stay, and keep no other run from being pruned.
            logger.warning("Run %s: its ticks cannot be read: %r", key, error)
    return runs, rows


def prune_run(run_id, target: LabRun.StoredTicks) -> int:
    """Thin the ticks of an ended run; return how many are gone.

    What is read needs no lock, since nothing writes to a run that has ended.
    """
    ticks = RunEvent.objects.filter(run_id=run_id, type="tick")
    stay = list(_thin(ticks.order_by("seq"), one_a_second=target == _THINNED))
    if LabRun.objects.get(pk=run_id).document:
        for tick in stay:
            tick.payload["values"] = {}  # the result has them, of every tick
    with transaction.atomic():
        gone, _ = ticks.exclude(pk__in=[tick.pk for tick in stay]).delete()
        RunEvent.objects.bulk_update(
            [RunEvent(pk=tick.pk, payload=tick.payload) for tick in stay], ["payload"]
        )
        LabRun.objects.filter(pk=run_id).update(stored_ticks=target)
    return gone


def _thin(rows, one_a_second: bool) -> Iterator[_Tick]:
    """Yield the last tick of each second, or of all.

    Each has the whole board, because a board in between says only what has changed,
    and the probes of all ticks since the one before.
    """
    board: list = []
    probes: list = []
    last = None
    for pk, t_s, payload in rows.values_list("pk", "t_s", "payload").iterator():
        if last and one_a_second and int(t_s) != int(last[1]):
            yield _tick(last, board, probes)
            probes = []
        board = fold(board, payload["board"])
        probes = [*probes, *payload["probes"]]
        last = (pk, t_s, payload)
    if last:
        yield _tick(last, board, probes)


def _tick(row, board, probes):
    pk, _, payload = row
    return _Tick(pk, payload | {"board": board, "probes": probes})
