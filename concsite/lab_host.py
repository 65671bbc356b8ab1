"""Which process runs the labs: it locks a file in the data directory while it lives.

The ASGI process does (concsite/asgi.py). One that serves pages alone (concsite/wsgi.py)
looks, so that it offers no run that nobody would ever start.
"""

import fcntl
from typing import TextIO

from django.conf import settings

NOBODY = (
    "Labs are off: pages are served here without the process that runs labs. Start "
    "script/server without --wsgi beside it, on the same data"
)
_held: list[
    TextIO
] = []  # open as long as this process lives: its end is what unlocks the file


def claim():
    """Say that this process runs the labs, from now on and until it ends."""
    if not _held:
        file = _path().open("a")
        # Shared: whoever looks holds the lock for a moment, and alone.
        fcntl.flock(file, fcntl.LOCK_SH)
        _held.append(file)


def why_none():
    """Return why no run would start on this host, or an empty sentence."""
    with _path().open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
    return NOBODY


def _path():
    return settings.DATA_DIR / "lab-host.lock"
