"""The honest client: a process of its own, so that no load can delay it.

This is the runner's side; the child is `probe.process`. Its orders go to the first line
of its stdin; what it prints is a line for each probe that came to an end. Closing its
stdin means: no new ones, report the rest, exit. Both sides use CLOCK_MONOTONIC, which
processes share.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import BenchFault
from labs.bench.contracts.protocol import Protocol
from labs.bench.contracts.scenario import Plan, ProbePlan
from labs.bench.net.event_loop import Loop
from labs.bench.sandbox import system_calls

_CHECKOUT = Path(__file__).resolve().parents[3]
_END_S = 1.0  # for the child to report what is left
_READ_BYTES = 64 * 1024

# due_s, outcome, latency_ms or None; and late_ms if the prober was too late to judge.
ProbeRow = list[Any]


class ProbeClient:
    """Starts the child, gathers what it reports, and ends it."""

    def __init__(
        self,
        loop: Loop,
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
            "protocol": [type(protocol).__module__, type(protocol).__qualname__],
            "started_at_s": started_at_s,
        }
        self._child: subprocess.Popen | None = None
        self._rows: list[ProbeRow] = []
        self._line = b""

    def start(self) -> None:
        """Start probing at once."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "labs.bench.probe.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_CHECKOUT,
            env={"PATH": os.environ.get("PATH", "")},
            preexec_fn=self._before_exec,
        )
        self._child.stdin.write(json.dumps(self._orders).encode() + b"\n")
        self._child.stdin.flush()
        os.set_blocking(self._child.stdout.fileno(), False)
        self._loop.add(
            self._child.stdout.fileno(), select.EPOLLIN, lambda mask: self._read()
        )

    def take(self) -> list[ProbeRow]:
        """Return the rows of the probes that came to an end since the last call; due_s
        counts from the run's beginning."""
        rows, self._rows = self._rows, []
        return rows

    def check(self) -> None:
        """Raise BenchFault if the child has ended: its silence is no observation."""
        if self._child is not None and self._child.poll() is not None:
            raise BenchFault(
                f"The probe ended by itself, with status {self._child.returncode}"
            )

    def stop(self) -> list[ProbeRow]:
        """End the child; return what it still had, unfinished probes as such."""
        if self._child is None:
            return self.take()
        child, self._child = self._child, None
        with suppress(KeyError):  # one that died is watched no more
            self._loop.remove(child.stdout.fileno())
        child.stdin.close()
        os.set_blocking(child.stdout.fileno(), True)
        until_s = time.monotonic() + _END_S
        while (left_s := until_s - time.monotonic()) > 0:
            if not select.select([child.stdout], [], [], left_s)[0]:
                break
            data = os.read(child.stdout.fileno(), _READ_BYTES)
            if not data:
                break
            self._feed(data)
        child.kill()
        child.wait()
        child.stdout.close()
        return self.take()

    def _before_exec(self) -> None:
        system_calls.die_with_parent(signal.SIGKILL)
        if self._cpus:
            os.sched_setaffinity(0, self._cpus)

    def _read(self) -> None:
        try:
            data = os.read(self._child.stdout.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        if not data:  # it died, and epoll would tell of the hang-up again and again
            self._loop.remove(self._child.stdout.fileno())
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        self._rows += map(json.loads, lines)


class Probes:
    """The honest clients of a plan: the usual one, and one with a slow line."""

    def __init__(
        self,
        loop: Loop,
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
