"""One process of the server, looked at again and again, and its cell on the board."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from labs.bench.observer import procfs, pss, syscall_meanings
from labs.bench.observer.socket_owners import Held, Holders
from labs.bench.observer.threads import Files, Seen, Tasks

_READ_BYTES = 512
_STATUS_BYTES = 8192
_DEAD, _STOPPED = "ZX", "Tt"


class Process:
    """The process `pid` of the host. ProcessLookupError or FileNotFoundError, here and
    in `look`, if it is gone."""

    def __init__(self, pid: int, files: Files, *, is_new: bool) -> None:
        self.pid = pid
        self.number = inner_number(pid)  # what the server's log calls it
        self._stat_fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
        self._tasks = Tasks(f"/proc/{pid}/task", files, is_new=is_new)
        self.stat: procfs.Stat | None = None
        self.seen = Seen({}, [], 0)
        self.cpu_s = 0.0  # its own, since the look before
        self.is_settled = False  # what is read in turns is known, or cannot be
        self._pss_bytes: int | None = None
        self._held = Held()

    def look(self) -> None:
        """Read what is cheap."""
        before_s = self.stat.own_cpu_s if self.stat else 0.0
        self.stat = procfs.stat(os.pread(self._stat_fd, _READ_BYTES, 0))
        if self.stat.state in _DEAD:
            raise ProcessLookupError(self.pid)
        self.cpu_s = max(0.0, self.stat.own_cpu_s - before_s)
        self.seen = self._tasks.look(stopped=self.stat.state in _STOPPED)

    def take_turn(self, holders: Holders, clients: Mapping[int, int]) -> None:
        """Read what is not. `clients` as for Holders."""
        self._pss_bytes = pss.pss_bytes(self.pid)
        self._held = holders.look(self.pid, clients)
        self.is_settled = True

    @property
    def connections(self) -> int:
        """How many it holds at the server's port, as of its last turn; 0 until then."""
        return self._held.connections or 0

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
    ) -> dict[str, Any]:
        """Describe it for the board (docs/formats.md, "Events").

        `parent`: a number inside the sandbox; `particular`: Driver.meanings;
        `passed_s`: since the look before, None at the first.
        """
        stat, seen, held = self.stat, self.seen, self._held
        return {
            "pid": self.number,
            "parent": parent,
            "name": stat.name,
            "threads": stat.threads,
            "state": stat.state,
            "rss_bytes": stat.rss_bytes,
            "pss_bytes": self._pss_bytes,
            "open_files": held.files,
            "connections": held.connections,
            "clients": list(held.clients),
            "cpu_percent": percent(self.cpu_s, passed_s) or 0.0,
            "switches_per_s": rate(seen.switches, passed_s) or 0.0,
            "waiting_in": waiting_in(seen),
            "tasks": _groups(seen, particular, is_parent),
            "active": [
                [number, percent(ns / 1e9, passed_s), rate(switches, passed_s)]
                for number, ns, switches in seen.active
                if passed_s
            ],
        }


def waiting_in(seen: Seen) -> dict[str, int]:
    """Return the system calls that threads stand in, and how many in each."""
    calls: Counter[str] = Counter()
    for (_, call), numbers in seen.groups.items():
        calls[call] += len(numbers)
    return dict(calls)


def _groups(
    seen: Seen, particular: Mapping[str, str], is_parent: bool
) -> list[dict[str, Any]]:
    """Return the threads by what they stand in, the largest group first."""
    groups = [
        {
            "state": state,
            "call": call,
            "meaning": syscall_meanings.in_words(call, particular, is_parent=is_parent),
            "tids": sorted(numbers),
        }
        for (state, call), numbers in seen.groups.items()
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
