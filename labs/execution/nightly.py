"""What is done once a night, while no run is under way: checks, and tidying up.

Steps are registered here; `manage.py maintain` does them now, and a task beside the
dispatcher does so at night, in a process of its own: they slow neither pages nor
streams. What they found is stored beside the database, where it can be read even when
the database cannot.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from labs.execution.database_check import DataFault, check_in_full

logger = logging.getLogger(__name__)

# Steps by name: each returns a sentence of what it did, or raises with what is wrong.
STEPS: dict[str, Callable[[], str]] = {}
# The day on which this process did it, should the report find no room on the disk.
_done_here = ""
_FROM_HOUR, _TO_HOUR = 2, 6  # of the site's own time zone
_CHECK_EVERY_S = 600
_FIRST_AFTER_S = 60  # not while the site warms up


def step(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Decorate a function that is to be done every night."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        STEPS[name] = function
        return function

    return register


@step("database")
def check_database() -> str:
    """Check the whole database; DataFault if it is damaged."""
    database = settings.DATABASES["default"]
    if not str(database["ENGINE"]).endswith("sqlite3"):
        return "Not SQLite: its own server checks it"
    check_in_full(Path(str(database["NAME"])))
    return "Nothing is wrong in it"


def is_due() -> bool:
    """Say whether it is night, and what is to be done was not done yet."""
    now = timezone.localtime()
    if not _FROM_HOUR <= now.hour < _TO_HOUR:
        return False
    return now.date().isoformat() not in (_done_here, last().get("day"))


def run(names: Collection[str] = ()) -> dict[str, Any]:
    """Do every step, or those named, whatever becomes of the others.

    Returns what they found: {day, at, steps: {name: {ok, sentence, took_s}}}. Some
    steps alone are not stored: the night would be taken for done.
    """
    now = timezone.localtime()
    chosen = [name for name in STEPS if not names or name in names]
    report = {
        "day": now.date().isoformat(),
        "at": now.isoformat(timespec="seconds"),
        "steps": {name: _do(name, STEPS[name]) for name in chosen},
    }
    if not names:
        _mark_done()
        _save(report)
    return report


def _mark_done() -> None:
    global _done_here
    _done_here = timezone.localtime().date().isoformat()


def _do(name: str, function: Callable[[], str]) -> dict[str, Any]:
    started_s = time.monotonic()
    try:
        ok, sentence = True, function()
    except DataFault as error:
        logger.error("Nightly check: %s", error)
        ok, sentence = False, str(error)
    except Exception as error:
        logger.exception("The nightly step %r failed", name)
        ok, sentence = False, f"It failed: {type(error).__name__}: {error}"[:500]
    took_s = round(time.monotonic() - started_s, 1)
    return {"ok": ok, "sentence": sentence, "took_s": took_s}


def _save(report: dict[str, Any]) -> None:
    try:
        # Whole or not at all: the admin may read it now.
        new = _path().with_suffix(".new")
        new.write_text(json.dumps(report, indent=1))
        new.replace(_path())
    except OSError as error:
        logger.error("What was found at night cannot be stored: %s", error)


def last() -> dict[str, Any]:
    """Return what was found the last time; {} before that."""
    try:
        report = json.loads(_path().read_text())
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def faults() -> list[str]:
    """Return what the last time found wrong, as sentences."""
    steps = last().get("steps")
    found = steps.values() if isinstance(steps, dict) else ()
    return [
        str(each.get("sentence"))
        for each in found
        if isinstance(each, dict) and not each.get("ok")
    ]


def _path() -> Path:
    return Path(settings.DATA_DIR) / "nightly.json"


# --- the task ------------------------------------------------------------------------


async def keep_maintained() -> None:
    """Do the steps every night, for as long as the site runs."""
    await asyncio.sleep(_FIRST_AFTER_S)
    while True:
        try:
            if is_due():
                _mark_done()
                await run_apart()
        except Exception:
            logger.exception("The night's work could not be started")
        await asyncio.sleep(_CHECK_EVERY_S)


async def run_apart() -> int:
    """Do the steps in a process of their own; return its exit code."""
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
