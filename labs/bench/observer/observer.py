"""The inside view: what the server's processes and threads do, read from outside.

Everything comes from /proc and from netlink, with the server's help never asked. What
is cheap is read at each look; what is not, once a second (`round_robin`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labs.bench.contracts.board import Board
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.events import TickValues
from labs.bench.observer.listening_port import PortState, PortWatch
from labs.bench.observer.process import Process, inner_number, percent, rate
from labs.bench.observer.round_robin import RoundRobin
from labs.bench.observer.socket_owners import SocketOwners
from labs.bench.observer.syscall_names import UNKNOWN
from labs.bench.observer.threads import GONE, FileBudget


@dataclass(frozen=True)
class Observation:
    """One look at the server: a tick's values of it, and the whole board."""

    values: TickValues
    board: Board


class Observer:
    """Looks at a process tree and at an endpoint, again and again, cheaply.

    `busy_in` are the system calls in which a worker stands while a connection occupies
    it; empty where no worker belongs to a connection. `particular` is what a system
    call means for this server (Driver.meanings).
    """

    def __init__(
        self,
        endpoint: Endpoint,
        busy_in: Iterable[str] = (),
        particular: Mapping[str, str] | None = None,
    ) -> None:
        self._busy_in = frozenset(busy_in)
        self._particular = dict(particular or {})
        self._port = PortWatch(endpoint)
        self._turns, self._owners = RoundRobin(), SocketOwners()
        self._files = FileBudget()
        self._known: dict[int, Process] = {}
        self._outside: dict[int, int] = {}  # a parent that is not ours -> its number
        self._marked: frozenset[int] | None = None
        self._looked_at_s: float | None = None
        self._all_settled = False
        self.cpu_s = self._earlier_cpu_s = 0.0

    def look(self, pids: Iterable[int], now_s: float) -> Observation:
        """Read the processes `pids` (host numbers) and the port. `now_s`: monotonic."""
        passed_s = now_s - self._looked_at_s if self._looked_at_s is not None else None
        self._looked_at_s = now_s
        port = self._port.look(now_s)
        self._look_at_processes(list(pids), is_first=passed_s is None)
        self._take_turns(port, now_s)
        board = self._board(passed_s)
        return Observation(self._values(board, passed_s) | port.values(), board)

    def worker(self) -> Process | None:
        """Return a process that serves: of those without children the one that holds
        the most connections, as of the last look. None if nothing is there."""
        parents = {process.stat.parent for process in self._known.values()}
        leaves = [p for p in self._known.values() if p.pid not in parents]
        return max(leaves, key=lambda p: (p.connections, -p.number), default=None)

    def mark(self) -> None:
        """Note which processes are there; `old` counts those from now on."""
        self._marked = frozenset(self._known)

    @property
    def old(self) -> int | None:
        """How many of those marked are still there, as of the last look; None before
        any were marked."""
        if self._marked is None:
            return None
        return len(self._marked & self._known.keys())

    def start_over(self) -> None:
        """Forget the processes, not their processor time: the server starts anew."""
        for pid in list(self._known):
            self._forget(pid)
        self._earlier_cpu_s = self.cpu_s
        self._all_settled = False

    def close(self) -> None:
        """Close every file that is open for it."""
        for pid in list(self._known):
            self._forget(pid)
        self._port.close()

    def _look_at_processes(self, pids: list[int], *, is_first: bool) -> None:
        for pid in set(self._known).difference(pids):
            self._forget(pid)
        for pid in pids:
            try:
                if pid not in self._known:
                    process = Process(pid, self._files, is_new=not is_first)
                    self._known[pid] = process
                self._known[pid].look()
            except GONE:
                self._forget(pid)  # its number may be another's at the next look

    def _forget(self, pid: int) -> None:
        process = self._known.pop(pid, None)
        if process is not None:
            process.close()
            self._owners.forget(pid)

    def _take_turns(self, port: PortState, now_s: float) -> None:
        for pid in self._turns.choose(self._known, now_s):
            self._known[pid].look_closely(self._owners, port.accepted)
        if self._known and all(each.is_settled for each in self._known.values()):
            self._all_settled = True

    def _board(self, passed_s: float | None) -> Board:
        parents = {process.stat.parent for process in self._known.values()}
        cells = [
            process.cell(
                self._inside(process.stat.parent),
                self._particular,
                passed_s,
                is_parent=process.pid in parents,
            )
            for process in self._known.values()
        ]
        return sorted(cells, key=lambda cell: cell["pid"])

    def _inside(self, pid: int) -> int:
        """Return a parent's number inside; of the sandbox's own first process too."""
        if pid in self._known:
            return self._known[pid].number
        if pid not in self._outside:
            try:
                self._outside[pid] = inner_number(pid)
            except GONE:
                return 0
        return self._outside[pid]

    def _values(self, board: Board, passed_s: float | None) -> TickValues:
        total_s = self._earlier_cpu_s
        total_s += sum(each.stat.all_cpu_s for each in self._known.values())
        spent_s = max(0.0, total_s - self.cpu_s)
        self.cpu_s = max(self.cpu_s, total_s)
        switches = sum(each.threads.switches for each in self._known.values())
        waited_ns = sum(each.threads.waited_ns for each in self._known.values())
        return {
            "server_processes": len(board),
            "server_threads": sum(cell["threads"] for cell in board),
            "server_rss_bytes": sum(cell["rss_bytes"] for cell in board),
            "server_pss_bytes": self._sum(cell["pss_bytes"] for cell in board),
            "server_open_files": self._sum(cell["open_files"] for cell in board),
            "server_cpu_percent": percent(spent_s, passed_s),
            "server_wait_percent": percent(waited_ns / 1e9, passed_s),
            "server_switches_per_s": rate(switches, passed_s),
            "workers_busy": self._workers_busy(board),
        }

    def _sum(self, numbers: Iterable[int | None]) -> int | None:
        """Add up what is read in turns; None until every process had one."""
        known = [number for number in numbers if number is not None]
        return sum(known) if self._all_settled and known else None

    def _workers_busy(self, board: Board) -> int | None:
        if not self._busy_in:
            return None
        calls: Counter[str] = Counter()
        for cell in board:
            calls.update(cell["waiting_in"])
        if UNKNOWN in calls:
            return None
        return sum(calls[call] for call in self._busy_in)
