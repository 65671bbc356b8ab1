"""The honest client: a process of its own, so that no load can delay it.

`ProbeClient` is the runner's side. The child (this module as a program) reads its
orders from the first line of stdin, sends one probe on a fresh connection whenever one
is due, and prints a line for each that came to an end. End of file on stdin means: no
new ones, report the rest, exit. Both sides use CLOCK_MONOTONIC, which processes share.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from labs.bench import connecting as c
from labs.bench.errors import BenchFault
from labs.bench.loop import Loop
from labs.bench.protocol import Operation, Protocol
from labs.bench.sandbox import system_calls
from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.scenario import ProbePlan
from labs.bench.window import OK

_CHECKOUT = Path(__file__).resolve().parents[2]
_END_S = 1.0  # for the child to report what is left
_READ_BYTES = 64 * 1024

ProbeRow = list[Any]  # due_s, outcome, latency_ms or None


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
            [sys.executable, "-m", "labs.bench.probe"],
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
        """Return [due_s, outcome, latency_ms or None] of the probes that came to an
        end since the last call; due_s counts from the run's beginning."""
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


class Prober:
    """The child's side: sends probes when they are due, whatever became of others."""

    def __init__(self, loop: Loop, orders: dict[str, Any], protocol: Protocol) -> None:
        self.loop = loop
        self.address = tuple(orders["address"])
        self.timeout_s = orders["timeout_s"]
        self.protocol = protocol
        self.request = protocol.request(Operation("ping"), keep_alive=False)
        self.flying: set[_Probe] = set()
        self.ended: list[ProbeRow] = []
        self._interval_s = orders["interval_s"]
        self._started_at_s = orders["started_at_s"]
        self._due_s = loop.now()
        self._timer = loop.at(self._due_s, self._send_due)

    def end(self, due_s: float, outcome: str, latency_s: float | None) -> None:
        """Report a probe that came to an end."""
        latency_ms = None if latency_s is None else round(1000 * latency_s, 3)
        self.ended.append([round(due_s - self._started_at_s, 4), outcome, latency_ms])

    def finish(self) -> None:
        """Send no more; report those under way as unfinished."""
        self._timer.cancel()
        for probe in sorted(self.flying, key=lambda probe: probe.due_s):
            probe.give_up(c.UNFINISHED)

    def take(self) -> Iterator[ProbeRow]:
        """Hand out what was reported."""
        rows, self.ended = self.ended, []
        return iter(rows)

    def _send_due(self) -> None:
        while self._due_s <= self.loop.now():
            _Probe(self, self._due_s).begin()
            self._due_s += self._interval_s
        self._timer = self.loop.at(self._due_s, self._send_due)


class _Probe:
    """One request on a fresh connection."""

    def __init__(self, prober: Prober, due_s: float) -> None:
        self.due_s = due_s
        self._prober = prober
        self._parser = prober.protocol.parser()
        self._unsent = prober.request
        self._connected = False

    def begin(self) -> None:
        """Connect; the rest follows from events."""
        prober = self._prober
        self._sock, code = c.open_socket(prober.address)
        prober.flying.add(self)
        limit_s = self.due_s + prober.timeout_s
        self._timer = prober.loop.at(limit_s, self._too_late)
        if code:
            self.give_up(c.outcome_of(code))
            return
        prober.loop.add(self._sock.fileno(), select.EPOLLOUT, self._on_event)

    def give_up(self, outcome: str) -> None:
        """End without an answer."""
        self._close()
        self._prober.end(self.due_s, outcome, None)

    def _too_late(self) -> None:
        self.give_up(c.READ_TIMEOUT if self._connected else c.CONNECT_TIMEOUT)

    def _on_event(self, mask: int) -> None:
        try:
            if self._unsent:
                self._send()
            else:
                self._receive()
        except BlockingIOError:
            return
        except OSError as error:
            self.give_up(c.outcome_of(error.errno))
        except ValueError:
            self.give_up(c.HTTP_ERROR)

    def _send(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.give_up(c.outcome_of(code))
            return
        self._connected = True
        self._unsent = self._unsent[self._sock.send(self._unsent) :]
        if not self._unsent:
            self._prober.loop.modify(self._sock.fileno(), select.EPOLLIN)

    def _receive(self) -> None:
        data = self._sock.recv(_READ_BYTES)
        if data and not self._parser.feed(data):
            return
        if not data and not self._completed_by_eof():
            self.give_up(c.RESET)
            return
        latency_s = self._prober.loop.now() - self.due_s
        if not self._parser.ok:
            self.give_up(c.HTTP_ERROR)
            return
        self._close()
        self._prober.end(self.due_s, OK, latency_s)

    def _completed_by_eof(self) -> bool:
        # Cut off in the middle is the same outcome as no answer at all.
        with suppress(ValueError):
            return bool(self._parser.eof())
        return False

    def _close(self) -> None:
        self._timer.cancel()
        self._prober.flying.discard(self)
        c.close_socket(self._prober.loop, self._sock)


def _main() -> None:
    orders = json.loads(sys.stdin.buffer.raw.readline())
    module, name = orders["protocol"]
    loop = Loop()
    prober = Prober(loop, orders, getattr(importlib.import_module(module), name)())
    asked_to_end: list[int] = []
    loop.add(0, select.EPOLLIN, asked_to_end.append)
    while not asked_to_end:
        loop.step(1.0)
        _print(prober.take())
    prober.finish()
    _print(prober.take())


def _print(rows: Iterator[ProbeRow]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if text:
        sys.stdout.write(text)
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
