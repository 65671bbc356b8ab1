"""The inside view: what the server's processes and threads do, read from outside.

Everything comes from /proc and from netlink, with the server's help never asked. The
files of a task are kept open, because reading an open one again costs a third of
opening it anew (2.6 against 8.1 us a thread, measured).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.sockdiag import PortWatch
from labs.bench.syscalls import name_of

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_OPEN_TASKS = 2000  # files kept open at most; beyond that they are opened each time
_READ_BYTES = 512
_GONE = (FileNotFoundError, ProcessLookupError)
_UNKNOWN = "unknown"  # this host does not let us look


@dataclass(frozen=True)
class Observation:
    """One look at the server: a tick's `server_*` values, and its board."""

    values: dict[str, float | None]
    board: list[dict[str, Any]]


@dataclass
class _Process:
    """What is kept of a process between two looks."""

    pid: int  # as the sandbox numbers it, which is what the server's log says
    stat_fd: int
    cpu_s: float = 0.0
    tasks: dict[str, int] = field(default_factory=dict)  # TID -> open `syscall` file


@dataclass(frozen=True)
class _Stat:
    name: str
    state: str
    own_cpu_s: float
    all_cpu_s: float  # with the children it has reaped
    threads: int
    rss_bytes: int


class Observer:
    """Looks at a process tree and at an endpoint, again and again, cheaply.

    `busy_in` are the system calls in which a worker stands while a connection occupies
    it; empty where no worker belongs to a connection.
    """

    def __init__(self, endpoint: Endpoint, busy_in: Iterable[str] = ()) -> None:
        self._busy_in = frozenset(busy_in)
        self._port = PortWatch(endpoint)
        self._known: dict[int, _Process] = {}
        self._open_tasks = 0
        self._looked_at_s: float | None = None
        self.cpu_s = 0.0

    def look(self, pids: Iterable[int], now_s: float) -> Observation:
        """Read the processes `pids` (host numbers) and the port. `now_s`: monotonic."""
        passed_s = now_s - self._looked_at_s if self._looked_at_s is not None else None
        self._looked_at_s = now_s
        board, total_s = [], 0.0
        seen = list(pids)
        for pid in set(self._known) - set(seen):
            self._forget(pid)
        for pid in seen:
            try:
                cell, cpu_s = self._cell(pid, passed_s)
            except _GONE:
                self._forget(pid)  # its number may be another's at the next look
                continue
            board.append(cell)
            total_s += cpu_s
        board.sort(key=lambda cell: cell["pid"])
        return Observation(self._values(board, total_s, passed_s), board)

    def close(self) -> None:
        """Close every file that is kept open."""
        for pid in list(self._known):
            self._forget(pid)
        self._port.close()

    def _values(
        self, board: list[dict], total_s: float, passed_s: float | None
    ) -> dict[str, float | None]:
        spent_s = max(0.0, total_s - self.cpu_s)
        self.cpu_s = max(self.cpu_s, total_s)
        return {
            "server_processes": len(board),
            "server_threads": sum(cell["threads"] for cell in board),
            "server_rss_bytes": sum(cell["rss_bytes"] for cell in board),
            "server_cpu_percent": _percent(spent_s, passed_s),
            "server_connections": self._port.established(self._looked_at_s),
            "workers_busy": self._workers_busy(board),
            "accept_queue": self._port.accept_queue(),
        }

    def _workers_busy(self, board: list[dict]) -> int | None:
        if not self._busy_in or any(_UNKNOWN in c["waiting_in"] for c in board):
            return None
        return sum(
            count
            for cell in board
            for call, count in cell["waiting_in"].items()
            if call in self._busy_in
        )

    def _cell(self, pid: int, passed_s: float | None) -> tuple[dict[str, Any], float]:
        process = self._known.get(pid)
        if process is None:
            process = self._known[pid] = _meet(pid)
        stat = _stat(os.pread(process.stat_fd, _READ_BYTES, 0))
        if stat.state in "ZX":
            raise ProcessLookupError(pid)
        spent_s, process.cpu_s = stat.own_cpu_s - process.cpu_s, stat.own_cpu_s
        cell = {
            "pid": process.pid,
            "name": stat.name,
            "threads": stat.threads,
            "state": stat.state,
            "rss_bytes": stat.rss_bytes,
            "cpu_percent": _percent(spent_s, passed_s) or 0.0,
            "waiting_in": dict(self._waiting_in(pid, process)),
        }
        return cell, stat.all_cpu_s

    def _waiting_in(self, pid: int, process: _Process) -> Counter[str]:
        calls: Counter[str] = Counter()
        tids = os.listdir(f"/proc/{pid}/task")
        for tid in set(process.tasks).difference(tids):
            os.close(process.tasks.pop(tid))
            self._open_tasks -= 1
        for tid in tids:
            with suppress(*_GONE):
                calls[self._task(pid, tid, process)] += 1
        return calls

    def _task(self, pid: int, tid: str, process: _Process) -> str:
        fd = process.tasks.get(tid)
        try:
            if fd is not None:
                return name_of(os.pread(fd, _READ_BYTES, 0))
            fd = os.open(f"/proc/{pid}/task/{tid}/syscall", os.O_RDONLY)
            if self._open_tasks < _OPEN_TASKS:
                process.tasks[tid] = fd
                self._open_tasks += 1
                return name_of(os.pread(fd, _READ_BYTES, 0))
            with os.fdopen(fd, "rb", buffering=0) as file:
                return name_of(file.read(_READ_BYTES))
        except PermissionError:
            return _UNKNOWN

    def _forget(self, pid: int) -> None:
        process = self._known.pop(pid, None)
        if process is None:
            return
        os.close(process.stat_fd)
        for fd in process.tasks.values():
            os.close(fd)
        self._open_tasks -= len(process.tasks)


def _meet(pid: int) -> _Process:
    inner_pid = _inner_pid(pid)
    return _Process(inner_pid, stat_fd=os.open(f"/proc/{pid}/stat", os.O_RDONLY))


def _inner_pid(pid: int) -> int:
    """Return the number a process has in its innermost namespace (proc(5), NSpid)."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
    return pid


def _stat(line: bytes) -> _Stat:
    """Read a /proc/PID/stat line; its name may hold spaces and brackets (proc(5))."""
    if not line:
        raise ProcessLookupError
    opened, closed = line.index(b"("), line.rindex(b")")
    rest = line[closed + 2 :].split()
    own = int(rest[11]) + int(rest[12])
    reaped = int(rest[13]) + int(rest[14])
    return _Stat(
        name=line[opened + 1 : closed].decode("utf-8", "replace"),
        state=rest[0].decode(),
        own_cpu_s=own / _TICKS_PER_S,
        all_cpu_s=(own + reaped) / _TICKS_PER_S,
        threads=int(rest[17]),
        rss_bytes=int(rest[21]) * _PAGE_BYTES,
    )


def _percent(spent_s: float, passed_s: float | None) -> float | None:
    if not passed_s or passed_s <= 0:
        return None
    return round(100 * spent_s / passed_s, 1)
