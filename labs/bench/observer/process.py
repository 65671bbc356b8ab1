"""One process of the server, looked at again and again, and its cell on the board."""

import os
from collections import Counter
from collections.abc import Mapping

from labs.bench.contracts.board import ActiveThread, Cell, TaskGroup
from labs.bench.observer import procfs, pss, syscall_meanings
from labs.bench.observer.socket_owners import OpenFiles, SocketOwners
from labs.bench.observer.threads import FileBudget, Tasks, ThreadsSnapshot

_READ_BYTES = 512
_STATUS_BYTES = 8192
_DEAD, _STOPPED = "ZX", "Tt"  # states as proc(5) has them
_NOT_READ = procfs.Stat("", "?", 0, 0.0, 0.0, 0, 0)


class Process:
    """The process `pid` of the host. ProcessLookupError or FileNotFoundError, here and
    in `look`, if it is gone."""

    def __init__(self, pid: int, files: FileBudget, *, is_new: bool) -> None:
        self.pid = pid
        self.number = inner_number(pid)  # what the server's log calls it
        self._stat_fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        self._tasks = Tasks(f"/proc/{pid}/task", files, is_new=is_new)
        self.stat = _NOT_READ
        self.threads = ThreadsSnapshot({}, [], 0)
        self.cpu_s = 0.0  # its own, since the look before
        self.is_settled = False  # what is read in turns is known, or cannot be
        self._pss_bytes: int | None = None
        self._opened = OpenFiles()

    def look(self) -> None:
        """Read what is cheap."""
        before_s = self.stat.own_cpu_s
        self.stat = procfs.stat(os.pread(self._stat_fd, _READ_BYTES, 0))
        # It has a folder in /proc until its parent waits for it, and does nothing.
        if self.stat.state in _DEAD:
            raise ProcessLookupError(self.pid)
        self.cpu_s = max(0.0, self.stat.own_cpu_s - before_s)
        self.threads = self._tasks.look(stopped=self.stat.state in _STOPPED)

    def look_closely(self, owners: SocketOwners, clients: Mapping[int, int]) -> None:
        """Read what is expensive. `clients` as for SocketOwners."""
        self._pss_bytes = pss.pss_bytes(self.pid)
        self._opened = owners.look(self.pid, clients)
        self.is_settled = True

    @property
    def connections(self) -> int:
        """How many it holds at the server's port, as of its last turn; 0 until then."""
        return self._opened.connections or 0

    def close(self) -> None:
        """Close what is kept open."""
        os.close(self._stat_fd)
        self._tasks.close()

    def cell(
        self,
        parent: int,
        particular: Mapping[str, str],
        passed_s: float | None,
        *,
        is_parent: bool,
    ) -> Cell:
        """Describe it for the board (docs/formats.md, "Events").

        `parent`: a number inside the sandbox; `particular`: Driver.meanings;
        `passed_s`: since the look before, None at the first.
        """
        stat, threads, opened = self.stat, self.threads, self._opened
        return {
            "pid": self.number,
            "parent": parent,
            "name": stat.name,
            "threads": stat.threads,
            "state": stat.state,
            "rss_bytes": stat.rss_bytes,
            "pss_bytes": self._pss_bytes,
            "open_files": opened.files,
            "connections": opened.connections,
            "clients": list(opened.clients),
            "cpu_percent": percent(self.cpu_s, passed_s) or 0.0,
            "switches_per_s": rate(threads.switches, passed_s) or 0.0,
            "waiting_in": waiting_in(threads),
            "tasks": _groups(threads, particular, is_parent),
            "active": _active(threads, passed_s),
        }


def _active(threads: ThreadsSnapshot, passed_s: float | None) -> list[ActiveThread]:
    """Return who ran since the look before, and how much."""
    if not passed_s:
        return []
    return [
        [number, percent(ns / 1e9, passed_s), rate(switches, passed_s)]
        for number, ns, switches in threads.active
    ]


def waiting_in(threads: ThreadsSnapshot) -> dict[str, int]:
    """Return the system calls that threads stand in, and how many in each."""
    calls: Counter[str] = Counter()
    for (_, call), numbers in threads.groups.items():
        calls[call] += len(numbers)
    return dict(calls)


def _groups(
    threads: ThreadsSnapshot, particular: Mapping[str, str], is_parent: bool
) -> list[TaskGroup]:
    """Return the threads by what they stand in, the largest group first."""
    groups: list[TaskGroup] = [
        {
            "state": state,
            "call": call,
            "meaning": syscall_meanings.in_words(call, particular, is_parent=is_parent),
            "tids": sorted(numbers),
        }
        for (state, call), numbers in threads.groups.items()
    ]
    return sorted(groups, key=lambda group: (-len(group["tids"]), group["tids"]))


def inner_number(pid: int) -> int:
    """Return the number a process has in its innermost namespace."""
    with open(f"/proc/{pid}/status", "rb") as file:
        return procfs.inner_number(file.read(_STATUS_BYTES)) or pid


def rate(number: float, passed_s: float | None) -> float | None:
    """Return how many a second; None if no time is known to have passed."""
    if not passed_s or passed_s <= 0:
        return None
    return round(number / passed_s, 1)


def percent(spent_s: float, passed_s: float | None) -> float | None:
    """Return the share of a time in percent; None as `rate`."""
    return rate(100 * spent_s, passed_s)
