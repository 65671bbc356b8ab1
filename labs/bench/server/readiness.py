"""Asks a starting server, again and again, whether it answers yet.

A port that is open is not enough (a proxy may answer 502 until its backend is up): the
server is ready when one honest request got a good answer.
"""

import select
import socket
from contextlib import suppress

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.protocol import Operation, Protocol
from labs.bench.net.event_loop import EventLoop

ASK_EVERY_S = 0.01
GIVE_UP_S = 1.0  # on one question; the next is asked on a fresh connection
_READ_BYTES = 64 * 1024


class ReadyCheck:
    """One question at a time. `answered` turns true when a good answer came."""

    def __init__(self, loop: EventLoop, endpoint: Endpoint, protocol: Protocol) -> None:
        self.answered = False
        self._loop = loop
        self._address = (endpoint.host, endpoint.port)
        self._protocol = protocol
        self._socket: socket.socket  # there while a question is asked
        self._has_socket = False
        self._unsent = b""
        self._timer = loop.at(loop.now(), self._ask)

    def close(self) -> None:
        """Stop asking."""
        self._timer.cancel()
        self._drop()

    def _ask(self) -> None:
        self._parser = self._protocol.parser()
        # A kept connection would occupy a worker, of which there may be one.
        self._unsent = self._protocol.request(Operation("ping"), keep_alive=False)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._has_socket = True
        self._socket.setblocking(False)
        # Its error is of no use here: a socket that failed is writable as well.
        self._socket.connect_ex(self._address)
        self._loop.add(self._socket.fileno(), select.EPOLLOUT, self._on_ready)
        self._timer = self._loop.at(self._loop.now() + GIVE_UP_S, self._again)

    def _on_ready(self, mask: int) -> None:
        try:
            if self._unsent:
                self._send()
            else:
                self._receive()
        except (OSError, ValueError):
            self._again()  # refused, reset, or not this protocol: not ready yet

    def _send(self) -> None:
        sent = self._socket.send(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._loop.modify(self._socket.fileno(), select.EPOLLIN)

    def _receive(self) -> None:
        data = self._socket.recv(_READ_BYTES)
        completed = self._parser.feed(data) if data else self._parser.eof()
        if completed and self._parser.ok:
            self.answered = True
            self.close()
        elif completed or not data:
            self._again()

    def _again(self) -> None:
        self.close()
        self._timer = self._loop.at(self._loop.now() + ASK_EVERY_S, self._ask)

    def _drop(self) -> None:
        if not self._has_socket:
            return
        self._has_socket = False
        with suppress(OSError, KeyError):
            self._loop.remove(self._socket.fileno())
        self._socket.close()
