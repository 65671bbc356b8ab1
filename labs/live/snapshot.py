"""A run so far, from its rows: what the page shows first and a socket gets first."""

from typing import Any
from uuid import UUID

from labs.live import live_run
from labs.live.live_run import Frame
from labs.models import LabRun
from labs.permissions import quota
from labs.presentation.run_words import queue_sentence


def build(run: LabRun) -> Frame:
    """Return the snapshot frame of a run (docs/formats.md, "Live stream").

    Complete up to `seq`: the rows are read up to the number the run's row had first.
    """
    return live_run.from_row(run).snapshot(place_in_queue(run))


def load(run_id: UUID) -> Frame:
    """Return the snapshot of a run as the database has it now."""
    return build(LabRun.objects.defer("result").get(pk=run_id))


def place_in_queue(run: LabRun) -> dict[str, Any] | None:
    """Return a waiting run's {position, expected_wait_s, sentence}; None for others."""
    place = quota.position(run)
    return place and place | {"sentence": queue_sentence(place)}
