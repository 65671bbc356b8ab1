"""Looks at a large upload in a process of its own, so that nobody waits for it.

The process is `python -m models_catalog.sync.apart_process`. It has limits of its own
and ends by itself. What it found stands beside the waiting file, so that any process of
the site can answer how it is; it runs for as long as it holds the lock of its file.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings

from models_catalog.sync import waiting_files
from models_catalog.sync.uploads import Outcome

MAX_S = 120  # the processor's and the clock's
MAX_MEMORY_BYTES = 1024**3
MAX_AT_ONCE = 2
COMMAND = [sys.executable, "-m", "models_catalog.sync.apart_process"]

_children: list[subprocess.Popen] = []


class TooMany(Exception):
    """As many processes as may be are under way."""


@dataclass(frozen=True)
class State:
    """How a process is: `outcome` once it has ended, what it does until then."""

    progress: str = ""
    outcome: Outcome | None = None


def start(name, upload, user, seen=None, ticked=()):
    """Let a process look at a waiting file; bring it in where `seen` is given.

    TooMany if others are under way already.
    """
    _reap()
    if _count() >= MAX_AT_ONCE:
        raise TooMany("Other files are being looked at; try again in a minute")
    for part in ("result", "progress"):
        waiting_files.path_of(name, part).unlink(missing_ok=True)
    spec = {
        "kind": upload.kind,
        "name": upload.name,
        "file": name,
        "user": user.pk,
        "seen": seen,
        "ticked": [*ticked],
    }
    with _lock(name) as lock:
        process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            pass_fds=[lock],  # open there, and so locked, until the process ends
        )
        waiting_files.path_of(name, "pid").write_text(str(process.pid))
    with suppress(BrokenPipeError), process.stdin as given:
        given.write(json.dumps(spec).encode())
    _children.append(process)


def state_of(name):
    """Return the State of the process for a waiting file; None if there was none."""
    _reap()
    try:
        path = waiting_files.path_of(name, "lock")
    except ValueError:
        return None
    if not path.exists():
        return None
    if _is_locked(path):
        return State(_read(name, "progress") or "Starting")
    if text := _read(name, "result"):
        return State(outcome=Outcome.from_json(json.loads(text)))
    fault = (
        f"This takes more than {MAX_S} seconds or {MAX_MEMORY_BYTES // 1024**2} MiB of "
        "memory, or was ended from outside; nothing was brought in. Divide the file"
    )
    return State(outcome=Outcome(fault=fault))


def cancel(name):
    """End the process for a waiting file, if it runs, and forget the file."""
    with suppress(ValueError, FileNotFoundError, ProcessLookupError):
        # Whoever holds the lock has this number: no other process can have it now.
        if _is_locked(waiting_files.path_of(name, "lock")):
            os.kill(int(_read(name, "pid")), signal.SIGKILL)
    _reap()
    waiting_files.forget(name)


def _count():
    return sum(map(_is_locked, waiting_files.folder().glob("*.lock")))


@contextmanager
def _lock(name):
    file = os.open(waiting_files.path_of(name, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _is_locked(path):
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _read(name, part):
    try:
        return waiting_files.path_of(name, part).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _reap():
    """Let the system forget processes that have ended."""
    _children[:] = [each for each in _children if each.poll() is None]
