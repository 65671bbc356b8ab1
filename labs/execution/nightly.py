"""The site's work of the night: steps that apps register, carried out once a day.

Beside the dispatcher a task looks at the clock. The steps run in a process of their
own (`manage.py maintain`), so that they slow neither pages nor streams.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

logger = logging.getLogger(__name__)

_CHECK_EVERY_S = 600
# A site that was off at night catches up, but not while it warms up.
_FIRST_AFTER_S = 900
_REPORTS = 30  # as many nights are remembered


@dataclass(frozen=True)
class Step:
    """One piece of work; `carry_out` returns a sentence on what it has done."""

    name: str
    title: str
    carry_out: Callable[[], str]


@dataclass(frozen=True)
class Outcome:
    """What became of a step: its sentence, or why it failed."""

    name: str
    title: str
    sentence: str
    took_s: float
    failed: bool = False


_steps: dict[str, Step] = {}


def register(name: str, title: str, carry_out: Callable[[], str]) -> None:
    """Add a step, from an app's `ready`; one of the same name takes its place."""
    _steps[name] = Step(name, title, carry_out)


def steps() -> list[Step]:
    """Return the steps in the order in which they were registered."""
    return list(_steps.values())


# --- reports -------------------------------------------------------------------------


def reports() -> list[dict]:
    """Return what former nights did, the newest first: {started_at, outcomes}."""
    try:
        found = json.loads(_path().read_text())
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) else []


def save_report(started_at: datetime, outcomes: list[Outcome]) -> None:
    """Remember what a night did, and forget the oldest."""
    report = {
        "started_at": started_at.isoformat(),
        "outcomes": [asdict(outcome) for outcome in outcomes],
    }
    kept = [report, *reports()][:_REPORTS]
    # Whole or not at all: the admin may read it now.
    new = Path(f"{_path()}.{os.getpid()}")
    new.write_text(json.dumps(kept, indent=1))
    new.replace(_path())


def _path():
    return settings.DATA_DIR / "maintenance.json"


def last_started_at() -> datetime | None:
    """Return when the last night's work began; None if there was none."""
    for report in reports()[:1]:
        return datetime.fromisoformat(report["started_at"])
    return None


def last_outcomes() -> list[Outcome]:
    """Return what the last night's steps said."""
    return [Outcome(**row) for report in reports()[:1] for row in report["outcomes"]]


def is_due(now: datetime) -> bool:
    """Whether the night's hour has passed since the last time."""
    hour = now.replace(
        hour=settings.MAINTENANCE_HOUR, minute=0, second=0, microsecond=0
    )
    due = hour if hour <= now else hour - timedelta(days=1)
    last = last_started_at()
    return last is None or last < due


# --- the task ------------------------------------------------------------------------


async def keep_maintained() -> None:
    """Carry the steps out every night, for as long as the site runs."""
    await asyncio.sleep(_FIRST_AFTER_S)
    tried_on = None
    while True:
        try:
            today = timezone.now().date()
            # Once a day, also where the disk has no room for the report of it.
            if today != tried_on and is_due(timezone.now()):
                tried_on = today
                await maintain_apart()
        except Exception:
            logger.exception("The night's work could not be started")
        await asyncio.sleep(_CHECK_EVERY_S)


async def maintain_apart() -> int:
    """Carry the steps out in a process of their own; return its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "manage.py",
        "maintain",
        "--in-background",
        cwd=settings.BASE_DIR,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        text = errors.decode("utf-8", "replace")[-500:]
        logger.error("The night's work failed, status %s: %s", process.returncode, text)
    return process.returncode or 0
