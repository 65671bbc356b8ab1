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
from labs.bench.contracts.protocol import Parser
from labs.bench.generator.held_behaviour import HeldBehaviour, behaviour_for
from labs.bench.generator.load_part import LoadContext
from labs.bench.net.client_sockets import allow_connections, close_socket, open_socket
from labs.bench.net.event_loop import EventLoop, Timer

CONNECT_LIMIT_S = 3.0  # a SYN that was dropped comes again after 1 s and 3 s
RECONNECT_S = 1.0
_READ_BYTES = 4096
_BATCH = 256  # connections opened, or pieces sent, before the loop gets its turn


class HeldConnections:
    """All of one process; `held`, `connecting` and `target` count them."""

    def __init__(self, context: LoadContext) -> None:
        self.loop, self.address = context.loop, context.address
        self.sources, self._protocol = context.sources, context.protocol
        self.totals = context.window.totals
        self.held = self.connecting = 0
        self.behaviour: HeldBehaviour
        self._load: Held | None = None
        self._connections: list[HeldConnection] = []
        self._to_open: deque[HeldConnection] = deque()
        self._opening = False
        self._connects = _WaitQueue(self.loop, self._gave_up)
        self._acts = _WaitQueue(self.loop, HeldConnection.act)
        self._reconnects = _WaitQueue(self.loop, self.open_soon)

    @property
    def target(self) -> int:
        """How many are wanted."""
        return len(self._connections)

    def hold(self, load: Held | None) -> None:
        """Hold this many connections from now on; None closes them all."""
        wanted = load.connections if load else 0
        if load is None or type(load) is not type(self._load):
            self._close_beyond(0)
            self._load = None
        self._close_beyond(wanted)
        if load:
            allow_connections(wanted)
            self._adopt(load)
        for _ in range(wanted - len(self._connections)):
            connection = HeldConnection(self)
            self._connections.append(connection)
            self.open_soon(connection)

    def note_held(self) -> None:
        """Count an established connection."""
        self.held += 1
        self.totals.slow_opened += 1
        self.totals.connections_opened += 1
        self.totals.slow_held_max = max(self.totals.slow_held_max, self.held)

    def await_connecting(self, connection: HeldConnection) -> None:
        """Give it so long to connect."""
        self._connects.put(connection, CONNECT_LIMIT_S)

    def act_later(self, connection: HeldConnection) -> None:
        """Let it do the next thing one interval from now, if it does any."""
        if self.behaviour.interval_s is None:
            connection.due_s = 0.0
        else:
            self._acts.put(connection, self.behaviour.interval_s)

    def reconnect_later(self, connection: HeldConnection) -> None:
        """Let it connect anew after a second: at once would be a flood."""
        self._reconnects.put(connection, RECONNECT_S)

    def open_soon(self, connection: HeldConnection) -> None:
        """Connect as soon as the loop has time."""
        self._to_open.append(connection)
        if not self._opening:
            self._opening = True
            self.loop.at(self.loop.now(), self._open_batch)

    def _adopt(self, load: Held) -> None:
        """Behave as this load says; those that are held act at its pace from now on."""
        before, self._load = self._load, load
        if before is not None and replace(before, connections=load.connections) == load:
            return
        self.behaviour = behaviour_for(load, self._protocol)
        self._acts.clear()
        for connection in self._connections:
            if connection.is_held:
                self.act_later(connection)

    def _close_beyond(self, number: int) -> None:
        for connection in self._connections[number:]:
            connection.leave()
        del self._connections[number:]

    def _open_batch(self) -> None:
        for _ in range(min(_BATCH, len(self._to_open))):
            self._to_open.popleft().connect()
        self._opening = bool(self._to_open)
        if self._opening:
            self.loop.at(self.loop.now(), self._open_batch)

    def _gave_up(self, connection: HeldConnection) -> None:
        if not connection.is_held:
            connection.lost()


class _WaitQueue:
    """Connections that all wait equally long for one and the same thing.

    So the first that began to wait is the first whose wait is over: a plain queue and a
    single timer serve all, where a timer each would fill the loop's heap.
    """

    def __init__(
        self, loop: EventLoop, action: Callable[[HeldConnection], None]
    ) -> None:
        self._loop, self._action = loop, action
        self._planned: deque[tuple[float, HeldConnection]] = deque()
        self._timer: Timer | None = None

    def put(self, connection: HeldConnection, wait_s: float) -> None:
        connection.due_s = self._loop.now() + wait_s
        self._planned.append((connection.due_s, connection))
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
            due_s, connection = self._planned.popleft()
            if connection.due_s == due_s:  # else it waits for something else by now
                self._action(connection)
        self._set_timer()


class HeldConnection:
    """Connects, sends what its behaviour says, and is held until somebody closes.

    `due_s`: when its present wait is over (to connect, to act, to come again); what a
    queue planned for another instant is out of date.
    """

    __slots__ = (
        "_has_socket",
        "_held",
        "_number",
        "_owner",
        "_parser",
        "_sock",
        "_wanted",
        "due_s",
    )

    def __init__(self, owner: HeldConnections) -> None:
        self._owner = owner
        self._sock: socket.socket  # there from the first connection on
        self._parser: Parser | None = None  # while its first answer is awaited
        self._has_socket = self._held = False
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
        owner = self._owner
        self._sock, code = open_socket(
            owner.address, owner.sources.next(), owner.behaviour.receive_bytes
        )
        self._has_socket = True
        owner.connecting += 1
        if code:
            self.lost()
            return
        owner.loop.add(self._sock.fileno(), select.EPOLLOUT, self._on_event)
        owner.await_connecting(self)

    def leave(self) -> None:
        """Close for good."""
        self._wanted = False
        self._close()

    def act(self) -> None:
        """Do what is due."""
        self._number += 1
        try:
            if not self._owner.behaviour.act(self._sock, self._number):
                self.lost()
                return
        except BlockingIOError:
            pass  # nothing to read yet, or the server's buffers are full
        except OSError:
            self.lost()
            return
        self._owner.act_later(self)

    def lost(self) -> None:
        """Count a connection that the server closed, or never let in; come again."""
        owner = self._owner
        if self._held:
            owner.totals.slow_closed += 1
        else:
            owner.totals.slow_refused += 1
        self._close()
        owner.reconnect_later(self)

    def _on_event(self, mask: int) -> None:
        try:
            if not self._held:
                self._established()
            elif mask & select.EPOLLIN:
                self._receive(self._sock.recv(_READ_BYTES))
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
        owner, behaviour = self._owner, self._owner.behaviour
        owner.connecting -= 1
        self._held, self._number = True, 0
        owner.note_held()
        self._parser = behaviour.parser()
        owner.loop.modify(self._sock.fileno(), behaviour.events)
        owner.act_later(self)
        if opening := behaviour.opening():
            self._sock.send(opening)

    def _receive(self, data: bytes) -> None:
        if not data:
            self.lost()
        elif self._parser is not None and self._parser.feed(data):
            keeps_alive, self._parser = self._parser.keeps_alive, None
            if not keeps_alive:
                self.lost()

    def _close(self) -> None:
        owner, self.due_s = self._owner, 0.0
        if not self._has_socket:
            return
        self._has_socket = False
        if self._held:
            owner.held -= 1
        else:
            owner.connecting -= 1
        self._held, self._parser = False, None
        close_socket(owner.loop, self._sock)
