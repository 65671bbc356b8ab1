"""The honest client: a process of its own, so that no load can delay it.

This is the runner's side; the child is `probe.process`. Its orders are the first line
of its stdin; it prints a line for each probe that came to an end. Closing its stdin
means: no new ones, report the rest, exit. Both sides use CLOCK_MONOTONIC, which all
processes of a machine share.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import BenchFault
from labs.bench.contracts.protocol import Protocol
from labs.bench.contracts.scenario import Plan, ProbePlan
from labs.bench.contracts.stored_events import ProbeRow
from labs.bench.net.event_loop import EventLoop
from labs.bench.sandbox import system_calls

_CHECKOUT = Path(__file__).resolve().parents[3]
_END_S = 1.0  # for the child to report what is left
_READ_BYTES = 64 * 1024


class _Child:
    """The prober's process, and the parent's ends of its two pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("The prober must be started with two pipes")
        self.process = process
        self.orders, self.reports = process.stdin, process.stdout
        self.reports_fd = self.reports.fileno()


class ProbeClient:
    """Starts the child, gathers what it reports, and ends it."""

    def __init__(
        self,
        loop: EventLoop,
        plan: ProbePlan,
        endpoint: Endpoint,
        protocol: Protocol,
        started_at_s: float,
        cpus: frozenset[int] | None = None,
    ) -> None:
        self._loop, self._cpus = loop, cpus
        self._orders = {
            "interval_s": plan.interval_s,
            "timeout_s": plan.timeout_s,
            "spread_s": plan.spread_s,
            "address": [endpoint.host, endpoint.port],
            # By name: the child is another program and imports it itself.
            "protocol": [type(protocol).__module__, type(protocol).__qualname__],
            "started_at_s": started_at_s,
        }
        self._child: _Child | None = None
        self._rows: list[ProbeRow] = []
        self._line = b""

    def start(self) -> None:
        """Start probing at once."""
        process = subprocess.Popen(
            [sys.executable, "-m", "labs.bench.probe.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_CHECKOUT,
            # Nothing else of ours: a site's environment holds its secrets.
            env={"PATH": os.environ.get("PATH", "")},
            preexec_fn=self._before_exec,
        )
        child = self._child = _Child(process)
        child.orders.write(json.dumps(self._orders).encode() + b"\n")
        child.orders.flush()
        os.set_blocking(child.reports_fd, False)
        self._loop.add(child.reports_fd, select.EPOLLIN, lambda mask: self._read(child))

    def take(self) -> list[ProbeRow]:
        """Return the rows of the probes that came to an end since the last call; due_s
        counts from the run's beginning."""
        rows, self._rows = self._rows, []
        return rows

    def check(self) -> None:
        """Raise BenchFault if the child has ended: its silence is no observation."""
        status = self._child.process.poll() if self._child is not None else None
        if status is not None:
            raise BenchFault(f"The probe ended by itself, with status {status}")

    def stop(self) -> list[ProbeRow]:
        """End the child; return what it still had, unfinished probes as such."""
        if self._child is None:
            return self.take()
        child, self._child = self._child, None
        with suppress(KeyError):  # one that died is watched no more
            self._loop.remove(child.reports_fd)
        child.orders.close()
        os.set_blocking(child.reports_fd, True)
        until_s = time.monotonic() + _END_S
        while (left_s := until_s - time.monotonic()) > 0:
            if not select.select([child.reports_fd], [], [], left_s)[0]:
                break
            data = os.read(child.reports_fd, _READ_BYTES)
            if not data:
                break
            self._feed(data)
        child.process.kill()
        child.process.wait()
        child.reports.close()
        return self.take()

    def _before_exec(self) -> None:
        system_calls.die_with_parent(signal.SIGKILL)
        if self._cpus:
            os.sched_setaffinity(0, self._cpus)

    def _read(self, child: _Child) -> None:
        try:
            data = os.read(child.reports_fd, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:  # it died, and epoll would report the hang-up again and again
            self._loop.remove(child.reports_fd)
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        self._rows += map(json.loads, lines)


class Probes:
    """The honest clients of a plan: the usual one, and one with a slow line."""

    def __init__(
        self,
        loop: EventLoop,
        plan: Plan,
        endpoint: Endpoint,
        protocol: Protocol,
        started_at_s: float,
        cpus: frozenset[int] | None = None,
    ) -> None:
        def client(probe: ProbePlan | None) -> ProbeClient | None:
            if probe is None:
                return None
            return ProbeClient(loop, probe, endpoint, protocol, started_at_s, cpus)

        self._honest, self._slow = client(plan.probe), client(plan.slow_client)

    def start(self) -> None:
        """Start probing at once."""
        for client in self._each():
            client.start()

    def check(self) -> None:
        """Raise BenchFault if a child has ended."""
        for client in self._each():
            client.check()

    def take(self) -> tuple[list[ProbeRow], list[ProbeRow]]:
        """Return what came to an end since the last call: the usual, the slow."""
        return (
            self._honest.take() if self._honest else [],
            self._slow.take() if self._slow else [],
        )

    def stop(self) -> tuple[list[ProbeRow], list[ProbeRow]]:
        """End both; return what they still had."""
        return (
            self._honest.stop() if self._honest else [],
            self._slow.stop() if self._slow else [],
        )

    def _each(self) -> list[ProbeClient]:
        return [client for client in (self._honest, self._slow) if client]
