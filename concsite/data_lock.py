"""Who uses the data directory: sites share it, a restore has it alone.

Of sites that run labs there is one; any number may serve pages alone beside it. Locks
end with their process, however that ends: no file has to be removed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataInUse(Exception):
    """Another process has the data directory; the message is for people."""


@contextmanager
def shared(folder: Path, runs_labs: bool) -> Iterator[None]:
    """Use the data directory as a site. Raises DataInUse where another stands in the
    way: a restore, or a second site that runs labs.

    Two dispatchers would measure at once, and each take the other's runs for lost.
    """
    with _locked(folder, "data.lock", fcntl.LOCK_SH):
        if not runs_labs:
            yield
            return
        with _locked(folder, "site.lock", fcntl.LOCK_EX):
            yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have the data directory alone. Raises DataInUse where a site runs."""
    with _locked(folder, "data.lock", fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(folder: Path, name: str, kind: int) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / name).open("a+") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read(20).strip()
            who = f"process {owner}" if owner.isdigit() else "another process"
            raise DataInUse(
                f"Another site ({who}) uses the data in {folder}. Stop it first, or "
                "choose another folder with CONCSITE_DATA"
            ) from None
        if kind == fcntl.LOCK_EX:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        yield
