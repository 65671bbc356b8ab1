"""Children that hold what one process may not have open.

Each is forked when it is first needed, has a loop and source addresses of its own, and
speaks with the parent in lines of JSON over two pipes: orders down, counts up. The end
of its orders ends it, and so does the end of its parent. One that ends by itself is a
fault of ours: fewer connections than were asked for would go unnoticed.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import sys
from contextlib import suppress
from dataclasses import replace

from labs.bench.contracts.errors import BenchFault, LabError, Reason
from labs.bench.contracts.loads import Held, from_json
from labs.bench.contracts.loads import as_json as load_as_json
from labs.bench.contracts.protocol import Protocol
from labs.bench.generator.held_connections import Occupiers
from labs.bench.generator.tick_window import Totals, Window
from labs.bench.net import client_sockets as c
from labs.bench.net.event_loop import Loop
from labs.bench.sandbox import system_calls

EACH = 16_000  # connections of one child, where it may have as many files
MAX = 8  # children
REPORT_S = 0.2
_READ_BYTES = 64 * 1024
_COUNTED = ("slow_opened", "slow_refused", "slow_closed", "connections_opened")


def share_of_one() -> int:
    """Return how many connections a child may hold on this host."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return EACH if hard == resource.RLIM_INFINITY else share_within(hard)


def share_within(files: int) -> int:
    """Return how many connections a child with so many files may hold."""
    return max(0, min(EACH, files - c.files_needed(0)))


class Crew:
    """The children of a run, and the sum of what they hold."""

    def __init__(
        self, loop: Loop, address: tuple[str, int], protocol: Protocol, totals: Totals
    ) -> None:
        self._loop, self._address, self._protocol = loop, address, protocol
        self._totals = totals
        self._members: list[_Member] = []
        self.target = 0

    def apply(self, load: Held | None, connections: int) -> None:
        """Have the children hold so many together; 0 closes all. BenchFault, reason
        host_limit, for more than they may hold."""
        each = share_of_one()
        if connections > MAX * each:
            raise BenchFault(
                f"{connections} connections need more than {MAX} processes",
                reason=Reason.HOST_LIMIT,
            )
        self.target, left = connections, connections
        while len(self._members) * each < connections:
            self._members.append(self._enlist())
        for member in self._members:
            share = min(left, each)
            left -= share
            member.order(replace(load, connections=share) if share else None)

    @property
    def held(self) -> int:
        """How many are established, as of the last reports."""
        return sum(member.held for member in self._members)

    @property
    def connecting(self) -> int:
        """How many are not established yet."""
        return sum(member.connecting for member in self._members)

    @property
    def cpu_s(self) -> float:
        """Processor time of all children."""
        return sum(member.cpu_s for member in self._members)

    def finish(self) -> None:
        """End the children; their connections are closed by that."""
        for member in self._members:
            member.end()
        self._members.clear()
        self.target = 0

    def _enlist(self) -> _Member:
        number = len(self._members) + 1
        orders, give_orders = os.pipe()
        reports, report = os.pipe()
        pid = os.fork()
        if not pid:
            _serve(orders, report, self._address, self._protocol, number)
        os.close(orders)
        os.close(report)
        return _Member(self._loop, pid, give_orders, reports, self._totals)


class _Member:
    """The parent's side of one child."""

    def __init__(
        self, loop: Loop, pid: int, orders: int, reports: int, totals: Totals
    ) -> None:
        self._loop, self._pid, self._totals = loop, pid, totals
        self._orders, self._reports = orders, reports
        self._line = b""
        self._counted = dict.fromkeys(_COUNTED, 0)
        self.held = self.connecting = 0
        self._cpu_s = 0.0
        os.set_blocking(reports, False)
        loop.add(reports, select.EPOLLIN, lambda mask: self._read())

    @property
    def cpu_s(self) -> float:
        """Its processor time so far. What it reports comes late when much happens."""
        with suppress(OSError), open(f"/proc/{self._pid}/schedstat") as file:
            self._cpu_s = int(file.read().split()[0]) / 1e9
        return self._cpu_s

    def order(self, load: Held | None) -> None:
        """Tell it what to hold. BenchFault if it is gone."""
        try:
            os.write(self._orders, json.dumps(load_as_json(load)).encode() + b"\n")
        except BrokenPipeError:
            raise _gone() from None

    def end(self) -> None:
        """End it, and wait until it has."""
        with suppress(KeyError):  # one that died is watched no more
            self._loop.remove(self._reports)
        os.close(self._orders)
        os.close(self._reports)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _read(self) -> None:
        data = os.read(self._reports, _READ_BYTES)
        if not data:
            self._loop.remove(self._reports)
            raise _gone()
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, report: dict) -> None:
        if "fault" in report:
            raise BenchFault(report["fault"], reason=report["reason"])
        self.held, self.connecting = report["held"], report["connecting"]
        for name in _COUNTED:
            more = report[name] - self._counted[name]
            setattr(self._totals, name, getattr(self._totals, name) + more)
            self._counted[name] = report[name]


def _gone() -> BenchFault:
    return BenchFault("A process that holds a part of the load ended by itself")


def _serve(
    orders: int, report: int, address: tuple[str, int], protocol: Protocol, number: int
) -> None:
    """Be a child: obey until there are no more orders. Never returns."""
    code = 1
    try:
        system_calls.die_with_parent(signal.SIGKILL)
        # The parent's objects stay where they are: a socket that is collected would
        # close a number that is another's by now, and what is touched is copied.
        gc.freeze()
        gc.disable()
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(end, signal.SIG_DFL)
        _close_all_but(orders, report)
        _Child(orders, report, address, protocol, number).work()
        code = 0
    except LabError as fault:
        told = {"fault": fault.message, "reason": str(fault.reason)}
        os.write(report, json.dumps(told).encode() + b"\n")
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(code)


def _close_all_but(*kept: int) -> None:
    kept = tuple(sorted({2, *kept}))
    most = os.sysconf("SC_OPEN_MAX")
    for low, high in zip((-1, *kept), (*kept, most), strict=True):
        os.closerange(low + 1, high)


class _Child:
    """The child's side: its own loop, holders, and counts."""

    def __init__(
        self,
        orders: int,
        report: int,
        address: tuple[str, int],
        protocol: Protocol,
        number: int,
    ) -> None:
        self._orders, self._report = orders, report
        self._loop, self._window = Loop(), Window()
        sources = c.Sources(offset=number)
        parts = self._loop, address, protocol, self._window, sources
        self._occupiers = Occupiers(*parts)
        self._line, self._over = b"", False
        self._last = ""

    def work(self) -> None:
        """Obey until the end of the orders."""
        self._loop.add(self._orders, select.EPOLLIN, lambda mask: self._read())
        self._tell()
        while not self._over:
            self._loop.step(1.0)

    def _read(self) -> None:
        data = os.read(self._orders, _READ_BYTES)
        if not data:
            self._over = True
            return
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._occupiers.apply(from_json(json.loads(line)))

    def _tell(self) -> None:
        occupiers, totals = self._occupiers, self._window.totals
        told = {"held": occupiers.held, "connecting": occupiers.connecting}
        told |= {name: getattr(totals, name) for name in _COUNTED}
        text = json.dumps(told)
        if text != self._last:
            os.write(self._report, text.encode() + b"\n")
            self._last = text
        self._loop.at(self._loop.now() + REPORT_S, self._tell)
