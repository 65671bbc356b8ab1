"""Who uses the data directory: one site, or what must have it alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataInUse(Exception):
    """Another process has the data directory; the message is for people."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data directory. Raises DataInUse where another process does.

    Two dispatchers would measure at once, and each take the other's runs for lost. The
    lock ends with the process, however that ends: no file has to be removed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "site.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read(20).strip()
            who = f"process {owner}" if owner.isdigit() else "another process"
            raise DataInUse(
                f"Another site ({who}) uses the data in {folder}. Stop it first, or "
                "choose another folder with CONCSITE_DATA"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
