"""What a browser missed of a run: its events after a number, as they were sent."""

from __future__ import annotations

from labs.execution import recorder
from labs.models import RunEvent


def events_after(run_id, after, most=5000):
    """Return the frames of a run's events with a number above `after`, in order."""
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=after).order_by("seq")
    return [recorder.as_frame(row) for row in rows[:most]]
