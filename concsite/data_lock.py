"""Who uses the data directory: one site, or what must have it alone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataInUse(Exception):
    """Another process has the data directory; the message is for people."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data directory. Raises DataInUse where another process does.

    The lock ends with the process, however that ends: no file has to be removed.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "site.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataInUse(
                f"A site that runs already uses the data in {folder}. "
                "Stop it, or choose another directory with CONCSITE_DATA"
            ) from None
        yield
