"""Connections that one process holds open, kept at the number that was asked for.

Each connects, behaves as its kind does (`held_behaviour`), and never finishes its
request. One that the server closes or refuses is counted, and connects again after a
second. There may be tens of thousands in a process, so each is small: no timer, no
closure, no buffer of its own. What falls due is kept in queues that all share.
"""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from labs.bench.contracts.loads import Held
from labs.bench.contracts.protocol import Parser, Protocol
from labs.bench.generator.held_behaviour import Occupation, occupation_of
from labs.bench.generator.tick_window import Window
from labs.bench.net import client_sockets as c
from labs.bench.net.event_loop import Loop, Timer

CONNECT_LIMIT_S = 3.0  # a SYN that was dropped comes again after 1 s and 3 s
COME_AGAIN_S = 1.0
_READ_BYTES = 4096
_BATCH = 256  # connections opened, or pieces sent, before the loop gets its turn


class Occupiers:
    """All of them; `held`, `connecting` and `target` count them."""

    def __init__(
        self,
        loop: Loop,
        address: tuple[str, int],
        protocol: Protocol,
        window: Window,
        sources: c.Sources,
    ) -> None:
        self.loop, self.address, self.sources = loop, address, sources
        self.totals, self._protocol = window.totals, protocol
        self.held = self.connecting = 0
        self.occupation: Occupation
        self._load: Held | None = None
        self._attackers: list[Attacker] = []
        self._to_open: deque[Attacker] = deque()
        self._opening = False
        self._connects = _Queue(loop, self._gave_up)
        self._acts = _Queue(loop, Attacker.act)
        self._returns = _Queue(loop, self.open_soon)

    @property
    def target(self) -> int:
        """How many are wanted."""
        return len(self._attackers)

    def apply(self, load: Held | None) -> None:
        """Hold this many connections from now on; None closes them all."""
        wanted = load.connections if load else 0
        if load is None or type(load) is not type(self._load):
            self._let_go(0)
            self._load = None
        self._let_go(wanted)
        if load:
            c.allow_connections(wanted)
            self._take_up(load)
        for _ in range(wanted - len(self._attackers)):
            attacker = Attacker(self)
            self._attackers.append(attacker)
            self.open_soon(attacker)

    def note_held(self) -> None:
        """Count an established connection."""
        self.held += 1
        self.totals.slow_opened += 1
        self.totals.connections_opened += 1
        self.totals.slow_held_max = max(self.totals.slow_held_max, self.held)

    def await_connecting(self, attacker: Attacker) -> None:
        """Give it so long to connect."""
        self._connects.put(attacker, CONNECT_LIMIT_S)

    def act_later(self, attacker: Attacker) -> None:
        """Let it do the next thing one interval from now, if it does any."""
        if self.occupation.interval_s is None:
            attacker.due_s = 0.0
        else:
            self._acts.put(attacker, self.occupation.interval_s)

    def come_again(self, attacker: Attacker) -> None:
        """Let it connect anew after a second."""
        self._returns.put(attacker, COME_AGAIN_S)

    def open_soon(self, attacker: Attacker) -> None:
        """Connect as soon as the loop has time."""
        self._to_open.append(attacker)
        if not self._opening:
            self._opening = True
            self.loop.at(self.loop.now(), self._open_batch)

    def _take_up(self, load: Held) -> None:
        """Behave as this load says; those that are held act at its pace from now on."""
        before, self._load = self._load, load
        if before is not None and replace(before, connections=load.connections) == load:
            return
        self.occupation = occupation_of(load, self._protocol)
        self._acts.clear()
        for attacker in self._attackers:
            if attacker.is_held:
                self.act_later(attacker)

    def _let_go(self, keep: int) -> None:
        for attacker in self._attackers[keep:]:
            attacker.leave()
        del self._attackers[keep:]

    def _open_batch(self) -> None:
        for _ in range(min(_BATCH, len(self._to_open))):
            self._to_open.popleft().connect()
        self._opening = bool(self._to_open)
        if self._opening:
            self.loop.at(self.loop.now(), self._open_batch)

    def _gave_up(self, attacker: Attacker) -> None:
        if not attacker.is_held:
            attacker.lost()


class _Queue:
    """Attackers whose next wait is over at instants that never fall: all wait equally
    long, so the order of planning is the order of due, and one timer serves all."""

    def __init__(self, loop: Loop, action: Callable[[Attacker], None]) -> None:
        self._loop, self._action = loop, action
        self._planned: deque[tuple[float, Attacker]] = deque()
        self._timer: Timer | None = None

    def put(self, attacker: Attacker, wait_s: float) -> None:
        attacker.due_s = self._loop.now() + wait_s
        self._planned.append((attacker.due_s, attacker))
        self._set_timer()

    def clear(self) -> None:
        """Forget what was planned: the wait is another from now on."""
        self._planned.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        if self._timer is None and self._planned:
            self._timer = self._loop.at(self._planned[0][0], self._run)

    def _run(self) -> None:
        self._timer, now_s = None, self._loop.now()
        for _ in range(_BATCH):
            if not self._planned or self._planned[0][0] > now_s:
                break
            due_s, attacker = self._planned.popleft()
            if attacker.due_s == due_s:  # or it is about something else by now
                self._action(attacker)
        self._set_timer()


class Attacker:
    """Connects, says what its occupation says, and is held until somebody closes.

    `due_s`: when its present wait is over (to connect, to act, to come again); what a
    queue planned for another instant is out of date.
    """

    __slots__ = ("_held", "_load", "_number", "_parser", "_sock", "_wanted", "due_s")

    def __init__(self, load: Occupiers) -> None:
        self._load = load
        self._sock: socket.socket | None = None
        self._parser: Parser | None = None  # while its first answer is awaited
        self._held = False
        self._wanted = True
        self._number = 0
        self.due_s = 0.0

    @property
    def is_held(self) -> bool:
        """Whether its connection is established."""
        return self._held

    def connect(self) -> None:
        """Begin a connection."""
        if not self._wanted:
            return
        load = self._load
        self._sock, code = c.open_socket(
            load.address, load.sources.next(), load.occupation.receive_bytes
        )
        load.connecting += 1
        if code:
            self.lost()
            return
        load.loop.add(self._sock.fileno(), select.EPOLLOUT, self._on_event)
        load.await_connecting(self)

    def leave(self) -> None:
        """Close for good."""
        self._wanted = False
        self._close()

    def act(self) -> None:
        """Do what is due."""
        self._number += 1
        try:
            if not self._load.occupation.act(self._sock, self._number):
                self.lost()
                return
        except BlockingIOError:
            pass  # nothing to read, or no room: the server takes no part at present
        except OSError:
            self.lost()
            return
        self._load.act_later(self)

    def lost(self) -> None:
        """Count a connection that the server closed, or never let in; come again."""
        load = self._load
        if self._held:
            load.totals.slow_closed += 1
        else:
            load.totals.slow_refused += 1
        self._close()
        load.come_again(self)

    def _on_event(self, mask: int) -> None:
        try:
            if not self._held:
                self._established()
            elif mask & select.EPOLLIN:
                self._hear(self._sock.recv(_READ_BYTES))
            else:
                self.lost()
        except BlockingIOError:
            return
        except (OSError, ValueError):
            self.lost()

    def _established(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.lost()
            return
        load, occupation = self._load, self._load.occupation
        load.connecting -= 1
        self._held, self._number = True, 0
        load.note_held()
        self._parser = occupation.parser()
        load.loop.modify(self._sock.fileno(), occupation.events)
        load.act_later(self)
        if opening := occupation.opening():
            self._sock.send(opening)

    def _hear(self, data: bytes) -> None:
        if not data:
            self.lost()
        elif self._parser is not None and self._parser.feed(data):
            keeps_alive, self._parser = self._parser.keeps_alive, None
            if not keeps_alive:
                self.lost()

    def _close(self) -> None:
        load, self.due_s = self._load, 0.0
        if self._sock is None:
            return
        if self._held:
            load.held -= 1
        else:
            load.connecting -= 1
        self._held, self._parser = False, None
        c.close_socket(load.loop, self._sock)
        self._sock = None
