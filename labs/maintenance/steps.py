"""The work of the night that the labs and the catalog need."""

import logging
import time
from collections.abc import Iterable

from django.utils import timezone

from labs.execution import nightly
from labs.execution.nightly import Outcome, Step
from labs.maintenance import database, evidence, leftovers, ticks

logger = logging.getLogger(__name__)


def register() -> None:
    """Register the steps of these two apps; `LabsConfig.ready` calls it.

    A damaged database is found before anything is removed from it. Evidence goes before
    ticks: what is no evidence any more is pruned the same night. The database comes
    last, to write out what the others have freed.
    """
    for name, title, carry_out in (
        ("integrity", "Integrity of the database", database.check_integrity),
        ("evidence", "Evidence of claims", evidence.prune),
        ("ticks", "Ticks of old runs", ticks.prune),
        ("sessions", "Sessions", leftovers.clear_sessions),
        ("uploads", "Uploads", leftovers.clear_waiting_files),
        ("cards", "Pictures of pages", leftovers.clear_cards),
        ("histories", "Histories of pages", leftovers.bound_histories),
        ("database", "Database", database.tidy),
    ):
        nightly.register(name, title, carry_out)


def carry_out(steps: Iterable[Step]) -> list[Outcome]:
    """Carry steps out, one after the other; one that fails stops no other."""
    started_at = timezone.now()
    outcomes = [_carry_out(step) for step in steps]
    nightly.save_report(started_at, outcomes)
    return outcomes


def _carry_out(step):
    started_s = time.monotonic()
    try:
        sentence, failed = step.carry_out(), False
    except Exception as error:
        logger.exception("The night's step %s failed", step.name)
        sentence, failed = f"It failed: {type(error).__name__}: {error}"[:500], True
    took_s = round(time.monotonic() - started_s, 1)
    return Outcome(step.name, step.title, sentence, took_s, failed)
