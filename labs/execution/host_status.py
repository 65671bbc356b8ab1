"""Whether labs are on: what the doctor found on this host against what is required."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from labs.bench.sandbox import doctor

logger = logging.getLogger(__name__)

_CHECK_EVERY_S = 600
# What else may keep labs off: functions that return a sentence, or an empty one. A site
# whose processes do not all run labs adds to it.
off_because: list[Callable[[], str]] = []
_RANK = {"refuse": 0, "degraded": 1, "strict": 2}


@dataclass(frozen=True)
class LabsStatus:
    """`sentence` says why labs are off; empty where they are on."""

    enabled: bool
    level: str
    sentence: str


def labs_status():
    """Return whether runs may start here, from the doctor's last report."""
    for sentence in (why() for why in off_because):
        if sentence:
            return LabsStatus(False, "unknown", sentence)
    report = doctor.cached()
    if report is None:
        return LabsStatus(
            False,
            "unknown",
            "Labs are off: the sandbox of this host has not been examined yet. "
            "This takes a few seconds after the site's start",
        )
    level, needed = report["level"], settings.LABS_MIN_LEVEL
    if _RANK[level] < _RANK[needed]:
        why = "; ".join(report["reasons"][:3]) or "no reason was recorded"
        return LabsStatus(
            False,
            level,
            f"Labs are off: the sandbox of this host is {_word(level)}, and this site "
            f"needs at least {_word(needed)}. {why}",
        )
    return LabsStatus(True, level, "")


def _word(level):
    return {"refuse": "unsafe", "degraded": "degraded", "strict": "strict"}[level]


async def keep_examined():
    """Let the doctor examine this host now and whenever its report grows old."""
    while True:
        try:
            await examine_if_stale()
        except OSError as error:
            logger.error("The doctor could not be started: %s", error)
        await asyncio.sleep(_CHECK_EVERY_S)


async def examine_if_stale():
    """Let the doctor examine this host, in a process of its own, if it is time."""
    # Anew before the old report ends, so that labs never go off between the two.
    if doctor.cached(doctor.MAX_AGE_S - 3 * _CHECK_EVERY_S) is not None:
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "labs.bench.sandbox.doctor",
        "--json",
        cwd=settings.BASE_DIR,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    try:
        logger.info("This host's sandbox: %s", json.loads(output)["level"])
    except (ValueError, KeyError):
        logger.error("The doctor failed: %s", errors.decode("utf-8", "replace")[-500:])
