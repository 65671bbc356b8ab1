"""How large the database grows: 1,000 runs a day for a year, below 20 GB.

Runs of every kind in tests/recordings are stored as the recorder stores them, and
pruned as at night. The size of SQLite's file is read after each; the sum follows.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import django

RUNS_A_DAY = 1000
DAYS = 365
GOAL_BYTES = 20e9
COPIES = 4  # of each recording, so that half-filled pages do not matter
TOKEN = "f" * 32
RECORDINGS = Path(__file__).resolve().parent.parent / "tests/recordings"


def main() -> dict[str, Any]:
    """Return bytes per run in each state, and what a year of them comes to."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONCSITE_DATA"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "concsite.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return _measure()


def _measure() -> dict[str, Any]:
    from django.conf import settings

    from labs.maintenance import ticks
    from labs.models import LabRun

    empty = _size()
    keys = [
        _store(path)
        for path in sorted(RECORDINGS.glob("*.jsonl"))
        for _ in range(COPIES)
    ]
    sizes = {"whole": (_size() - empty) / len(keys)}
    for state, target in (
        ("thinned", LabRun.StoredTicks.THINNED),
        ("last_tick", LabRun.StoredTicks.LAST),
    ):
        for key in keys:
            ticks.prune_run(key, target)
        sizes[state] = (_size() - empty) / len(keys)
    whole, thinned = settings.LABS_TICKS_WHOLE_DAYS, settings.LABS_TICKS_THINNED_DAYS
    days = {"whole": whole, "thinned": thinned - whole, "last_tick": DAYS - thinned}
    total = sum(RUNS_A_DAY * days[state] * sizes[state] for state in sizes)
    return {
        "recordings": len(keys) // COPIES,
        **{f"{state}_bytes_per_run": round(size) for state, size in sizes.items()},
        **{f"{state}_days": days[state] for state in days},
        **{
            f"{state}_gb": round(RUNS_A_DAY * days[state] * sizes[state] / 1e9, 2)
            for state in sizes
        },
        "year_unpruned_gb": round(RUNS_A_DAY * DAYS * sizes["whole"] / 1e9, 1),
        "year_gb": round(total / 1e9, 1),
        "goal_gb": GOAL_BYTES / 1e9,
        "below_goal": total < GOAL_BYTES,
    }


def _store(path: Path) -> Any:
    """Store a recording's run as the recorder does; return the row's key."""
    from django.utils import timezone

    from labs.execution import recorder
    from labs.models import LabRun

    events = [json.loads(line) for line in path.read_text().splitlines()]
    result = events[-1]["result"]
    run = LabRun.objects.create(
        server=result["server"]["slug"],
        scenario=result["scenario"]["slug"],
        knobs=result["server"]["knobs"],
        params=result["scenario"]["params"],
        status="measuring",
        claim_token=TOKEN,
        heartbeat_at=timezone.now(),
    )
    for seq, event in enumerate(events, start=1):
        recorder._write.func(run.pk, TOKEN, seq, *recorder._split(event))
    return run.pk


def _size() -> int:
    """Return the size of the database, packed: without what is to be filled again."""
    from django.db import connection

    from labs.maintenance import database

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return database.size_bytes()
