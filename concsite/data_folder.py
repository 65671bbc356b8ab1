"""The folder of the site's data belongs to one site at a time.

Processes that serve pages alone may use it, too; a restore has it to itself.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from labs.execution.database_check import DataFault


def claim(folder: Path) -> IO[str]:
    """Return the lock of a data folder, held until it is closed or the process ends.

    Raises DataFault while another site has it: two dispatchers would measure at once,
    and each would take the other's runs for lost.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "site.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read(20).strip()
        lock.close()
        who = f"process {owner}" if owner.isdigit() else "another process"
        raise DataFault(
            f"Another site ({who}) uses the data in {folder}. Stop it first, or choose "
            "another folder with CONCSITE_DATA"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def use(folder: Path) -> IO[str]:
    """Return a lock that all who serve from a data folder hold together.

    Raises DataFault while a restore has the folder.
    """
    return _lock(folder, fcntl.LOCK_SH, "A restore changes")


def have_alone(folder: Path) -> IO[str]:
    """Return the lock of a restore. DataFault while anybody serves from the folder."""
    return _lock(folder, fcntl.LOCK_EX, "A site that runs uses")


def _lock(folder: Path, kind: int, who: str) -> IO[str]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "data.lock").open("a+")
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise DataFault(
            f"{who} the data in {folder}. Wait for its end or stop it, or choose "
            "another folder with CONCSITE_DATA"
        ) from None
    return lock
