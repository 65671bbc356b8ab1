"""One run at a time on a machine: a measurement is alone on it."""

import fcntl
import os
from typing import Self

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.sandbox import lab_root


class HostLock:
    """A lock on LABS_HOME/host.lock, held until `release` or the process's end."""

    def __init__(self) -> None:
        self._fd: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free; return whether this process holds it now.

        Raises BenchFault where the lock file cannot be made.
        """
        if self._fd is not None:
            return True
        path = lab_root.home() / "host.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise BenchFault(
                f"The machine's lock cannot be made at {path}: {error.strerror}",
                reason=Reason.SANDBOX,
            ) from error
        try:
            # It ends with the descriptor, so a process that is killed holds nothing.
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Give the lock back. Idempotent."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()
