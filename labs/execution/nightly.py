"""What is done once a night, while no run is under way: checks, and tidying up.

Steps are registered here; `manage.py maintain` does them now, and the dispatcher does
them when it is idle. What they found is kept beside the database, where it can be read
even when the database cannot.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
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


def run() -> dict[str, Any]:
    """Do every step, whatever becomes of the others; return what they found.

    {day, at, steps: {name: {ok, sentence}}}
    """
    global _done_here
    now, found = timezone.localtime(), {}
    _done_here = now.date().isoformat()
    for name, function in STEPS.items():
        try:
            found[name] = {"ok": True, "sentence": function()}
        except DataFault as error:
            logger.error("Nightly check: %s", error)
            found[name] = {"ok": False, "sentence": str(error)}
        except Exception as error:
            logger.exception("The nightly step %r failed", name)
            sentence = f"It failed: {type(error).__name__}: {error}"[:500]
            found[name] = {"ok": False, "sentence": sentence}
    report = {
        "day": now.date().isoformat(),
        "at": now.isoformat(timespec="seconds"),
        "steps": found,
    }
    try:
        _path().write_text(json.dumps(report, indent=1))
    except OSError as error:
        logger.error("What was found at night cannot be kept: %s", error)
    return report


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
