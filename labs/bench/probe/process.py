"""The honest client's own process: a request on a fresh connection when one is due.

    python -m labs.bench.probe.process < orders

Orders are a line of JSON, as `probe.client` writes it. Probes are sent when they are
due, whatever became of the ones before.

It watches itself: while this process had no processor, or was stopped, it could neither
send nor notice an answer. A probe whose end this may have decided says nothing about
the server; it is reported as unfinished, with how long the prober was away meanwhile.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.protocol import Operation, Protocol
from labs.bench.contracts.stored_events import ProbeRow
from labs.bench.net.client_sockets import close_socket, open_socket, outcome_of
from labs.bench.net.event_loop import EventLoop, Timer
from labs.bench.sandbox import system_calls

_READ_BYTES = 64 * 1024
_PIECES = 10  # of a request that is spread over a time
_BEAT_S = 0.02  # the longest wait, so that an absence is seen that falls into one
_ABSENT_S = 0.01  # a shorter one is what any process has
LATE_S = 0.05  # away for longer than this in all: the probe is not counted


class Prober:
    """The child's side: sends probes when they are due, whatever became of others."""

    def __init__(
        self, loop: EventLoop, orders: dict[str, Any], protocol: Protocol
    ) -> None:
        self.loop = loop
        self.address = tuple(orders["address"])
        self.timeout_s = orders["timeout_s"]
        self.spread_s = orders["spread_s"]
        self.protocol = protocol
        self.request = protocol.request(Operation("ping"), keep_alive=False)
        self.flying: set[_Probe] = set()
        self.ended: list[ProbeRow] = []
        self._away: list[tuple[float, float]] = []  # from, to
        self._interval_s = orders["interval_s"]
        self._started_at_s = orders["started_at_s"]
        self._due_s = loop.now()
        self._timer = loop.at(self._due_s, self._send_due)

    def end(self, due_s: float, outcome: Outcome, latency_s: float | None) -> None:
        """Report a probe that came to an end."""
        latency_ms = None if latency_s is None else round(1000 * latency_s, 3)
        self.ended.append([round(due_s - self._started_at_s, 4), outcome, latency_ms])

    def finish(self) -> None:
        """Send no more; report those under way as unfinished."""
        self._timer.cancel()
        for probe in sorted(self.flying, key=lambda probe: probe.due_s):
            probe.give_up(Outcome.UNFINISHED)

    def take(self) -> Iterator[ProbeRow]:
        """Hand out what was reported since the last call, which must have been no more
        than one step of the loop ago."""
        lag_s, now_s = self.loop.take_lag(), self.loop.now()
        if lag_s >= _ABSENT_S:
            self._away.append((now_s - lag_s, now_s))
        rows, self.ended = [self._marked(row) for row in self.ended], []
        oldest_s = min((probe.due_s for probe in self.flying), default=now_s)
        self._away = [span for span in self._away if span[1] >= oldest_s]
        return iter(rows)

    def _marked(self, row: ProbeRow) -> ProbeRow:
        """Return the row of a probe that has just ended, not to be counted if the
        prober was away for too much of its time."""
        due_s = self._started_at_s + row[0]
        late_s = sum(max(0.0, to_s - max(from_s, due_s)) for from_s, to_s in self._away)
        if late_s <= LATE_S:
            return row
        return [row[0], Outcome.UNFINISHED, None, round(1000 * late_s, 1)]

    def _send_due(self) -> None:
        # Several at once where it was away: none may be missing from the schedule.
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
        self._pieces = _pieces(prober.request, _PIECES if prober.spread_s else 1)
        self._unsent = self._pieces.pop(0)
        self._piece_timer: Timer | None = None
        self._connected = False

    def begin(self) -> None:
        """Connect; the rest follows from events."""
        prober = self._prober
        self._sock, code = open_socket(prober.address)
        prober.flying.add(self)
        limit_s = self.due_s + prober.timeout_s
        self._timer = prober.loop.at(limit_s, self._too_late)
        if code:
            self.give_up(outcome_of(code))
            return
        prober.loop.add(self._sock.fileno(), select.EPOLLOUT, self._on_event)

    def give_up(self, outcome: Outcome) -> None:
        """End without an answer."""
        self._close()
        self._prober.end(self.due_s, outcome, None)

    def _too_late(self) -> None:
        self.give_up(
            Outcome.READ_TIMEOUT if self._connected else Outcome.CONNECT_TIMEOUT
        )

    def _on_event(self, mask: int) -> None:
        try:
            if self._unsent:
                self._send()
            else:
                self._receive()
        except BlockingIOError:
            return
        except OSError as error:
            self.give_up(outcome_of(error.errno))
        except ValueError:
            self.give_up(Outcome.HTTP_ERROR)

    def _send(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.give_up(outcome_of(code))
            return
        self._connected = True
        self._unsent = self._unsent[self._sock.send(self._unsent) :]
        if not self._unsent:
            self._prober.loop.modify(self._sock.fileno(), select.EPOLLIN)
            self._plan_next_piece()

    def _plan_next_piece(self) -> None:
        if self._pieces:
            loop = self._prober.loop
            pause_s = self._prober.spread_s / (_PIECES - 1)
            self._piece_timer = loop.at(loop.now() + pause_s, self._send_next_piece)

    def _send_next_piece(self) -> None:
        # An answer before the request is complete, or an end, is seen as any other.
        self._unsent = self._pieces.pop(0)
        self._prober.loop.modify(self._sock.fileno(), select.EPOLLOUT)

    def _receive(self) -> None:
        data = self._sock.recv(_READ_BYTES)
        if data and not self._parser.feed(data):
            return
        if not data and not self._completed_by_eof():
            self.give_up(Outcome.RESET)
            return
        latency_s = self._prober.loop.now() - self.due_s
        if not self._parser.ok or self._pieces:  # 408 is an answer to half a request
            self.give_up(Outcome.HTTP_ERROR)
            return
        self._close()
        self._prober.end(self.due_s, Outcome.OK, latency_s)

    def _completed_by_eof(self) -> bool:
        # Cut off in the middle is the same outcome as no answer at all.
        with suppress(ValueError):
            return bool(self._parser.eof())
        return False

    def _close(self) -> None:
        self._timer.cancel()
        if self._piece_timer is not None:
            self._piece_timer.cancel()
        self._prober.flying.discard(self)
        close_socket(self._prober.loop, self._sock)


def _pieces(request: bytes, number: int) -> list[bytes]:
    """Cut a request into so many pieces of about the same length."""
    cuts = [len(request) * at // number for at in range(number + 1)]
    return [request[a:b] for a, b in zip(cuts, cuts[1:], strict=False) if b > a]


def _main() -> None:
    system_calls.wake_precisely()
    orders = json.loads(_first_line(0))
    module, name = orders["protocol"]
    loop = EventLoop()
    prober = Prober(loop, orders, getattr(importlib.import_module(module), name)())
    asked_to_end: list[int] = []
    loop.add(0, select.EPOLLIN, asked_to_end.append)
    while not asked_to_end:
        loop.step(_BEAT_S)
        _print(prober.take())
    prober.finish()
    _print(prober.take())


def _first_line(fd: int) -> bytes:
    """Read a line and nothing after it: what follows is waited for with epoll, which
    does not see what a buffered reader has already taken."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(fd, 1)
        if not byte:
            break
        line += byte
    return line


def _print(rows: Iterator[ProbeRow]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if text:
        sys.stdout.write(text)
        # A pipe is buffered by the block: a row would wait for many others.
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
