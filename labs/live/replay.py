"""What a browser missed of a run: its events after a number, as they were sent."""

from uuid import UUID

from labs.live.live_run import Frame, LiveRun
from labs.models import LabRun, RunEvent

MAX_EVENTS = 5000  # in one answer; a browser asks again for the rest


def events_after(run_id: UUID, after: int, most: int = MAX_EVENTS) -> list[Frame]:
    """Return the frames of a run's events with a number above `after`, in order."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    missed = list(rows[:most])
    if not missed:  # what came before need not be read then
        return []
    run = LabRun.objects.only("scenario").get(pk=run_id)
    return LiveRun(run, after).add_rows(missed)
