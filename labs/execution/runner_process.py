"""The runner as a process: how it is started, and one that is kept ready.

To import what a run needs takes longer than to start a server. A runner that has done
it waits for its spec; it knows no run yet, so to end it loses nothing.
"""

import asyncio
import os
import sys

from django.conf import settings

_LINE_BYTES = 64 * 2**20  # the last line carries the result
_PASSED_ON = ("PATH", "HOME", "LANG", "LABS_HOME", "XDG_DATA_HOME", "TMPDIR")


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
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

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
