"""One held connection, and the ones that follow it.

There may be tens of thousands in a process, so each is small: no timer, no closure, no
buffer of its own. What falls due is kept in the queues of `bench.occupying`.
"""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

from labs.bench.contracts.protocol import Parser
from labs.bench.net import client_sockets as c

if TYPE_CHECKING:
    from labs.bench.generator.held_connections import Occupiers

_READ_BYTES = 4096


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
