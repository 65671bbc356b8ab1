"""What a browser missed of a run: its events after a number, as they were sent."""

from collections.abc import AsyncIterator
from uuid import UUID

from channels.db import database_sync_to_async

from labs.live.live_run import Frame, LiveRun
from labs.models import LabRun, RunEvent

MAX_EVENTS = 5000  # in one answer; a browser asks again for the rest
PAGE_EVENTS = 200  # of an answer that is sent piece by piece


def events_after(run_id: UUID, after: int, most: int = MAX_EVENTS) -> list[Frame]:
    """Return the frames of a run's events with a number above `after`, in order."""
    missed = _rows(run_id, after, most)
    if not missed:  # what came before need not be read then
        return []
    return _run_at(run_id, after).add_rows(missed)


async def pages_after(run_id: UUID, after: int) -> AsyncIterator[Frame]:
    """Yield the same frames, and never have more than a page of them in memory."""
    rows = await database_sync_to_async(_rows)(run_id, after, PAGE_EVENTS)
    if not rows:
        return
    run = await database_sync_to_async(_run_at)(run_id, after)
    for _ in range(MAX_EVENTS // PAGE_EVENTS):
        for frame in await database_sync_to_async(run.add_rows)(rows):
            yield frame
        rows = await database_sync_to_async(_rows)(run_id, run.seq, PAGE_EVENTS)
        if not rows:
            return


def _rows(run_id: UUID, after: int, most: int) -> list[RunEvent]:
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    return list(rows[:most])


def _run_at(run_id: UUID, seq: int) -> LiveRun:
    return LiveRun(LabRun.objects.only("scenario").get(pk=run_id), seq)
