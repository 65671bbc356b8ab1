"""The runner as a process: how it is started, and one that is kept ready.

To import what a run needs takes longer than to start a server. A runner that has done
it waits for its spec; it knows no run yet, so to end it loses nothing.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import suppress

from django.conf import settings

from labs.bench.result.document_check import Malformed
from labs.bench.sandbox import keeper

logger = logging.getLogger(__name__)

_LINE_BYTES = 64 * 2**20  # the last line carries the result
_PASSED_ON = ("PATH", "HOME", "LANG", "LABS_HOME", "XDG_DATA_HOME", "TMPDIR")
_READ_BYTES = 4096
_EXIT_POLL_S, _CLOSE_S = 0.01, 1.0
_STDERR_BYTES = 64 * 1024  # of which a message shows the last lines
_END_S = 5.0  # from a closed input to SIGKILL; a runner reaps its sandbox first


async def spawn():
    """Start a runner, which waits for its spec; OSError if it cannot start."""
    return await asyncio.create_subprocess_exec(
        *_command(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=settings.BASE_DIR,
        # The site's own environment holds its secrets; none of them is passed on.
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        limit=_LINE_BYTES,
    )


async def end(process):
    """Close a runner's input, which tells it to stop; kill it if it does not."""
    if process.returncode is not None:
        return
    process.stdin.close()
    try:
        await asyncio.wait_for(_exit(process), _END_S)
    except TimeoutError:
        await kill(process)


async def kill(process):
    """End a runner and everything below it at once, stopped or not."""
    if process.returncode is None:
        _kill_tree(process.pid)
    await _exit(process)


async def close(process):
    """End a runner that nobody listens to any more, and let go of its pipes."""
    await end(process)
    with suppress(TimeoutError, RuntimeError):
        async with asyncio.timeout(_CLOSE_S):
            while await process.stdout.read(_LINE_BYTES):
                pass


async def _exit(process):
    """Wait for a process alone. Process.wait() waits for the end of its pipes, too,
    which does not come where nobody reads them or somebody else has them."""
    while process.returncode is None:
        await asyncio.sleep(_EXIT_POLL_S)


def _kill_tree(root):
    """SIGKILL a process and its descendants, which is heeded by stopped ones, too.

    Children ask to die with their parent; one that was stopped before it asked, or is
    none of ours, would be left. By descriptor: a number may be another's by then.
    """
    handles = []
    for pid in (root, *keeper.descendants(root)):
        with suppress(OSError):
            handles.append(os.pidfd_open(pid))
    for handle in handles:
        with suppress(OSError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)


async def read_line(stream):
    """Return the next line that a runner prints; empty at the end. Raises Malformed
    for one that is longer than any event."""
    try:
        return await stream.readline()
    except ValueError:
        raise Malformed(f"it has more than {_LINE_BYTES} bytes") from None


def event_in(line):
    """Return the event in a line that a runner printed; None if there is none.

    An empty line is none either: so a runner says that it lives (`labs/runner.py`).
    """
    if line == b"\n":
        return None
    try:
        event = json.loads(line)
        event["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        logger.warning("The runner printed something else: %r", line[:200])
        return None
    return event


async def tail(stream):
    """Return the end of a runner's standard error; read on, so that it never fills its
    pipe and waits."""
    end_of_it = b""
    while piece := await stream.read(_READ_BYTES):
        end_of_it = (end_of_it + piece)[-_STDERR_BYTES:]
    return end_of_it.decode("utf-8", "replace")


class Standby:
    """At most one runner that waits. Made while nothing runs: its imports would disturb
    a measurement."""

    def __init__(self):
        self._process, self._made_by = None, []

    async def prepare(self):
        """Let a runner wait; OSError if none can start.

        One that ended by itself is not replaced: the run that needs it will say why.
        """
        if self._process is None:
            made_by = _command()  # while it starts, another may be chosen
            self._process, self._made_by = await spawn(), made_by

    async def take(self):
        """Return the runner that waits, else a new one; OSError if it cannot start."""
        if not self._is_fit():
            await self.close()
            return await spawn()
        process, self._process = self._process, None
        return process

    async def close(self):
        """End the runner that waits, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            await kill(process)

    def _is_fit(self):
        process = self._process
        return (
            process is not None
            and process.returncode is None
            and self._made_by == _command()
        )


def _command():
    given = getattr(settings, "LABS_RUNNER_COMMAND", None)
    return given or [sys.executable, "-m", "labs.runner"]
