"""Child processes that hold the connections beyond what one process may have open.

Each is forked when it is first needed, has a loop and source addresses of its own, and
speaks with the parent in lines of JSON over two pipes: orders down, counts up. It ends
when the pipe of its orders is closed, and when its parent ends. One that ends by itself
is a fault of ours: fewer connections than were asked for would go unnoticed.
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
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from labs.bench.contracts.errors import BenchFault, LabError, Reason
from labs.bench.contracts.loads import Held, from_json
from labs.bench.contracts.loads import as_json as load_as_json
from labs.bench.generator.held_connections import HeldConnections
from labs.bench.generator.load_part import LoadContext
from labs.bench.generator.tick_window import Totals, Window
from labs.bench.net.client_sockets import Sources, files_needed
from labs.bench.net.event_loop import EventLoop
from labs.bench.sandbox import system_calls

PER_CHILD = 16_000  # connections of one child, where it may have as many files
MAX = 8  # children
REPORT_S = 0.2
_READ_BYTES = 64 * 1024
_COUNTED = ("slow_opened", "slow_refused", "slow_closed", "connections_opened")


def share_of_one() -> int:
    """Return how many connections a child may hold on this host."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return PER_CHILD if hard == resource.RLIM_INFINITY else share_within(hard)


def share_within(files: int) -> int:
    """Return how many connections a child with so many files may hold."""
    return max(0, min(PER_CHILD, files - files_needed(0)))


class ChildProcesses:
    """The children of a run, and the sum of what they hold."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._children: list[_ChildHandle] = []
        self.target = 0

    def hold(self, load: Held | None, connections: int) -> None:
        """Have the children hold so many together; 0 closes all. BenchFault, reason
        host_limit, for more than they may hold."""
        each = share_of_one()
        if connections > MAX * each:
            raise BenchFault(
                f"{connections} connections need more than {MAX} processes",
                reason=Reason.HOST_LIMIT,
            )
        self.target, left = connections, connections
        while len(self._children) * each < connections:
            self._children.append(self._fork())
        for child in self._children:
            share = min(left, each)
            left -= share
            child.order(replace(load, connections=share) if load and share else None)

    @property
    def held(self) -> int:
        """How many are established, as of the last reports."""
        return sum(child.held for child in self._children)

    @property
    def connecting(self) -> int:
        """How many are not established yet."""
        return sum(child.connecting for child in self._children)

    @property
    def cpu_s(self) -> float:
        """Processor time of all children."""
        return sum(child.cpu_s for child in self._children)

    def finish(self) -> None:
        """End the children; their connections are closed by that."""
        for child in self._children:
            child.end()
        self._children.clear()
        self.target = 0

    def _fork(self) -> _ChildHandle:
        number = len(self._children) + 1
        orders, give_orders = os.pipe()
        reports, report = os.pipe()
        pid = os.fork()
        if not pid:
            _serve(orders, report, self._context, number)
        os.close(orders)
        os.close(report)
        context = self._context
        pipes = _Pipes(give_orders, reports)
        return _ChildHandle(context.loop, pid, pipes, context.window.totals)


@dataclass(frozen=True)
class _Pipes:
    """One side's ends of the two pipes between parent and child."""

    orders: int
    reports: int


class _ChildHandle:
    """The parent's side of one child."""

    def __init__(
        self, loop: EventLoop, pid: int, pipes: _Pipes, totals: Totals
    ) -> None:
        self._loop, self._pid, self._totals = loop, pid, totals
        self._orders, self._reports = pipes.orders, pipes.reports
        self._line = b""
        self._counted = dict.fromkeys(_COUNTED, 0)
        self.held = self.connecting = 0
        self._cpu_s = 0.0
        os.set_blocking(pipes.reports, False)
        loop.add(pipes.reports, select.EPOLLIN, lambda mask: self._read())

    @property
    def cpu_s(self) -> float:
        """Its processor time so far. What it reports comes late when much happens."""
        with suppress(OSError), open(f"/proc/{self._pid}/schedstat") as file:
            self._cpu_s = int(file.read().split()[0]) / 1e9
        return self._cpu_s

    def order(self, load: Held | None) -> None:
        """Tell it what to hold. BenchFault if it is gone."""
        try:
            # Shorter than PIPE_BUF, so it arrives in one piece: pipe(7).
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
        # Not for long: SIGKILL cannot be refused.
        os.waitpid(self._pid, 0)

    def _read(self) -> None:
        data = os.read(self._reports, _READ_BYTES)
        if not data:
            self._loop.remove(self._reports)
            raise _gone()
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._add_report(json.loads(line))

    def _add_report(self, report: dict[str, Any]) -> None:
        if "fault" in report:
            raise BenchFault(report["fault"], reason=report["reason"])
        self.held, self.connecting = report["held"], report["connecting"]
        for name in _COUNTED:
            more = report[name] - self._counted[name]
            setattr(self._totals, name, getattr(self._totals, name) + more)
            self._counted[name] = report[name]


def _gone() -> BenchFault:
    return BenchFault("A process that holds a part of the load ended by itself")


def _serve(orders: int, report: int, context: LoadContext, number: int) -> NoReturn:
    """Be a child: obey until there are no more orders. Never returns."""
    code = 1
    try:
        system_calls.die_with_parent(signal.SIGKILL)
        # The parent's objects are not collected here: a socket among them would close
        # a descriptor that means something else in this process, and the collector's
        # marks would copy every page that is still shared with the parent.
        gc.freeze()
        gc.disable()
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(end, signal.SIG_DFL)
        _close_all_but(orders, report)
        _ChildWorker(_Pipes(orders, report), context, number).work()
        code = 0
    except LabError as fault:
        row = {"fault": fault.message, "reason": str(fault.reason)}
        os.write(report, json.dumps(row).encode() + b"\n")
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        # Not sys.exit: exit handlers and buffers are the parent's.
        os._exit(code)


def _close_all_but(*wanted: int) -> None:
    # 2: its own faults are printed on our standard error.
    spared = sorted({2, *wanted})
    end = os.sysconf("SC_OPEN_MAX")
    for low, high in zip((-1, *spared), (*spared, end), strict=True):
        os.closerange(low + 1, high)


class _ChildWorker:
    """The child's side: its own loop, connections, and counts."""

    def __init__(self, pipes: _Pipes, parents: LoadContext, number: int) -> None:
        self._pipes = pipes
        self._loop, self._window = EventLoop(), Window()
        # Each child begins with another source address, so that none takes the ports
        # of another.
        context = replace(
            parents,
            loop=self._loop,
            window=self._window,
            sources=Sources(offset=number),
        )
        self._connections = HeldConnections(context)
        self._line, self._over = b"", False
        self._last_report = ""

    def work(self) -> None:
        """Obey until the end of the orders."""
        self._loop.add(self._pipes.orders, select.EPOLLIN, lambda mask: self._read())
        self._report()
        while not self._over:
            self._loop.step(1.0)

    def _read(self) -> None:
        data = os.read(self._pipes.orders, _READ_BYTES)
        if not data:
            self._over = True
            return
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            load = from_json(json.loads(line))
            self._connections.hold(load if isinstance(load, Held) else None)

    def _report(self) -> None:
        connections, totals = self._connections, self._window.totals
        report = {"held": connections.held, "connecting": connections.connecting}
        report |= {name: getattr(totals, name) for name in _COUNTED}
        text = json.dumps(report)
        # Else a child in which nothing happens would wake the parent at every report.
        if text != self._last_report:
            os.write(self._pipes.reports, text.encode() + b"\n")
            self._last_report = text
        self._loop.at(self._loop.now() + REPORT_S, self._report)
