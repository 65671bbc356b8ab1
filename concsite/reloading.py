"""Serves again whenever a file of the site changes: `script/server --reload`.

What serves is a process of its own. It is ended as by Ctrl-C, and with it what it
started, before the next one begins.
"""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path

import watchfiles

FOLDERS = ("concsite", "labs", "models_catalog", "static", "templates")
# A site that is ended ends the run that is under way first.
_END_S = 20


def run(command: Sequence[str], folders: Iterable[Path]) -> int:
    """Run the command again after every change below the folders, until SIGINT or
    SIGTERM. Should this process be killed, the kernel ends the command, too.
    """
    # A shell without job control lets what it starts beside itself ignore SIGINT, and
    # the command would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    watchfiles.run_process(
        *folders,
        target=shlex.join(["setpriv", "--pdeathsig", "INT", "--", *command]),
        target_type="command",
        callback=_tell,
        sigint_timeout=_END_S,
    )
    return 0


def _tell(changes: set[tuple[watchfiles.Change, str]]) -> None:
    names = sorted({os.path.relpath(path) for _, path in changes})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    print(f"Changed: {', '.join(names[:3])}{more}. Starting again", flush=True)
