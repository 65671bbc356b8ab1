"""The threads of one process: what each stands in, and how much it ran.

The files of a task are kept open, because reading an open one again costs a third of
opening it anew (2.6 against 8.1 us a thread, measured). What a task stands in is read
only where it can have changed: not if it was asleep and has not run since. Its state
letter neither then, nor where it can only be asleep.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from labs.bench.observer import procfs
from labs.bench.observer.syscall_names import INTERRUPTIBLE, RUNNING, UNKNOWN, name_of

GONE = (FileNotFoundError, ProcessLookupError)
MAX_ACTIVE = 64  # tasks of a process whose shares are shown one by one
_MAX_OPEN_FILES = 4000  # beyond that they are opened each time
_WANTED_FILES = 65536  # beside ours, the load's connections need some
_READ_BYTES = 512
_STATUS_BYTES = 8192
_RUNS, _SLEEPS, _UNKNOWN_STATE = "R", "S", "?"
_NO_FILE = -1


class FileBudget:
    """How many files of tasks may be kept open, by all processes together."""

    def __init__(self, limit: int | None = None) -> None:
        self.open = 0
        self._limit = _room() if limit is None else limit

    def take(self) -> bool:
        """Ask for the two files of a task."""
        allowed = self.open + 2 <= self._limit
        self.open += 2 * allowed
        return allowed

    def give_back(self) -> None:
        """Say that the two files of a task were closed."""
        self.open -= 2


def _room() -> int:
    """Raise this process's limit of open files where it is low; return our part."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MAX_OPEN_FILES
    most = _WANTED_FILES if hard == resource.RLIM_INFINITY else hard
    if soft < min(most, _WANTED_FILES):
        soft = min(most, _WANTED_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(_MAX_OPEN_FILES, soft // 4)


class _Task:
    """One thread between two looks. `number` is the sandbox's own for it."""

    __slots__ = (
        "call",
        "fds",
        "number",
        "ran",
        "ran_ns",
        "state",
        "switches",
        "times",
        "waited_ns",
    )

    def __init__(self, number: int) -> None:
        self.number = number
        self.fds: tuple[int, int] | None = None  # `syscall`, `schedstat`
        self.times = b""
        self.state, self.call = "", UNKNOWN
        self.ran_ns = self.switches = self.waited_ns = 0  # since it began
        self.ran = (0, 0)  # ns and switches since the look before


@dataclass(frozen=True)
class ThreadsSnapshot:
    """One look at a process's threads.

    `groups`: (state, call) -> the numbers of the threads that stand so. `active`:
    (number, ns on a processor, switches) of those that ran since the look before, the
    busiest first; `switches` counts them all, and `waited_ns` is how long they were
    ready to run and something else did.
    """

    groups: dict[tuple[str, str], list[int]]
    active: list[tuple[int, int, int]]
    switches: int
    waited_ns: int = 0


class Tasks:
    """The threads in a folder such as /proc/PID/task, looked at again and again.

    `is_new`: the process was not there at the look before, so that all its threads ran,
    they ran since then.
    """

    def __init__(self, folder: str, files: FileBudget, *, is_new: bool) -> None:
        self._folder = folder
        self._files = files
        self._known: dict[str, _Task] = {}
        # What one ran before we were there is not of this interval.
        self._counts_from_birth = is_new
        self._stopped = False
        self._waited_ns = 0  # of all, since the look before

    def look(self, *, stopped: bool = False) -> ThreadsSnapshot:
        """Read every thread. ProcessLookupError if the process is gone.

        `stopped`: a signal keeps the process from running, wherever its threads stand.
        """
        self._stopped, self._waited_ns = stopped, 0
        groups: dict[tuple[str, str], list[int]] = {}
        active: list[tuple[int, int, int]] = []
        switches = 0
        for task in self._present():
            groups.setdefault((task.state, task.call), []).append(task.number)
            if task.ran[1] or task.ran[0]:
                active.append((task.number, *task.ran))
                switches += task.ran[1]
        self._counts_from_birth = True
        active.sort(key=lambda row: -row[1])
        return ThreadsSnapshot(groups, active[:MAX_ACTIVE], switches, self._waited_ns)

    def close(self) -> None:
        """Close what is kept open."""
        for task in self._known.values():
            self._let_go(task)
        self._known.clear()

    def _present(self) -> Iterator[_Task]:
        tids = os.listdir(self._folder)
        for tid in set(self._known).difference(tids):
            self._let_go(self._known.pop(tid))
        for tid in tids:
            task = self._known.get(tid)
            try:
                if task is None:
                    task = self._known[tid] = _Task(self._number(tid))
                self._read(tid, task)
            except GONE:
                continue
            yield task

    def _read(self, tid: str, task: _Task) -> None:
        try:
            times, line = self._texts(tid, task)
        except PermissionError:
            task.state, task.call, task.ran = _UNKNOWN_STATE, UNKNOWN, (0, 0)
            return
        if line is None:  # it stands where it stood
            task.ran = (0, 0)
            return
        call = name_of(line)
        has_run = times != task.times or not times
        task.ran = self._count(task, times) if has_run else (0, 0)
        if call == RUNNING:
            task.state = _RUNS
        elif has_run or self._stopped or task.state != _SLEEPS:
            sleeps = call in INTERRUPTIBLE and not self._stopped
            task.state = _SLEEPS if sleeps else self._state(tid)
        task.call = call

    def _texts(self, tid: str, task: _Task) -> tuple[bytes, bytes | None]:
        """Return what `schedstat` and `syscall` say; None for the second if the task
        was asleep, and has not been on a processor since: then it still says so."""
        if task.fds is not None:
            is_asleep = task.state == _SLEEPS and not self._stopped
            return _pair(task.fds, task.times if is_asleep else b"")
        fds = self._open(tid)
        try:
            return _pair(fds)
        finally:
            if self._files.take():
                task.fds = fds
            else:
                _close(fds)

    def _open(self, tid: str) -> tuple[int, int]:
        path = f"{self._folder}/{tid}"
        syscall = os.open(f"{path}/syscall", os.O_RDONLY)
        try:
            return syscall, os.open(f"{path}/schedstat", os.O_RDONLY)
        except FileNotFoundError:  # a kernel without CONFIG_SCHED_INFO
            return syscall, _NO_FILE
        except OSError:
            os.close(syscall)
            raise

    def _count(self, task: _Task, times: bytes) -> tuple[int, int]:
        """Return what it ran since the look before; note what it ran in all."""
        counts = bool(task.times) or self._counts_from_birth
        ran_ns, waited_ns, switches = procfs.schedule(times)
        ran = (ran_ns - task.ran_ns, switches - task.switches)
        task.ran_ns, task.switches, task.times = ran_ns, switches, times
        if counts:
            self._waited_ns += waited_ns - task.waited_ns
        task.waited_ns = waited_ns
        return ran if counts else (0, 0)

    def _state(self, tid: str) -> str:
        line = _text(f"{self._folder}/{tid}/stat", _READ_BYTES)
        return procfs.state_letter(line) or _UNKNOWN_STATE

    def _number(self, tid: str) -> int:
        status = _text(f"{self._folder}/{tid}/status", _STATUS_BYTES)
        return procfs.inner_number(status) or int(tid)

    def _let_go(self, task: _Task) -> None:
        if task.fds is not None:
            _close(task.fds)
            self._files.give_back()


def _pair(fds: tuple[int, int], known: bytes = b"") -> tuple[bytes, bytes | None]:
    # In this order: what runs between the two reads is seen as having run at the next
    # look.
    times = os.pread(fds[1], _READ_BYTES, 0) if fds[1] != _NO_FILE else b""
    if times and times == known:
        return times, None
    return times, os.pread(fds[0], _READ_BYTES, 0)


def _close(fds: tuple[int, int]) -> None:
    for fd in fds:
        with suppress(OSError):
            os.close(fd)


def _text(path: str, most_bytes: int) -> bytes:
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, most_bytes)
    finally:
        os.close(fd)
