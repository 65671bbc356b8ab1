"""How a held connection behaves: what it sends at first, and every interval after.

One object serves all connections of a load; what differs from one to the next is in
the connection itself (`held_connections.HeldConnection`).
"""

import select
import socket
from abc import ABC, abstractmethod

from labs.bench.contracts.loads import (
    Held,
    IdleConnections,
    SlowBodies,
    SlowHeads,
    SlowReads,
)
from labs.bench.contracts.protocol import Operation, Parser, Protocol

_READ_BYTES = 4096
_LISTENING = select.EPOLLIN | select.EPOLLRDHUP


class HeldBehaviour(ABC):
    """One kind of held load. `interval_s` is None where nothing follows the opening."""

    # What epoll waits for once it is established. A close by the server is always seen.
    events = _LISTENING
    receive_bytes = 0  # size of the kernel's receive buffer; 0: the default

    def __init__(self, interval_s: float | None = None) -> None:
        self.interval_s = interval_s

    @abstractmethod
    def opening(self) -> bytes:
        """Return what is sent as soon as the connection is established."""

    def parser(self) -> Parser | None:
        """Make a parser for an answer that is awaited first; None if none is."""
        return None

    def act(self, sock: socket.socket, number: int) -> bool:
        """Do what is due for the `number`-th time (1, 2, ...); return False at the end
        of the connection. OSError as the socket gives it."""
        return True


class SlowHead(HeldBehaviour):
    """A head that gets one more line every interval."""

    def __init__(self, load: SlowHeads, protocol: Protocol) -> None:
        super().__init__(load.interval_s)
        self.protocol, self._opening = protocol, protocol.slow_head()

    def opening(self) -> bytes:
        return self._opening

    def act(self, sock: socket.socket, number: int) -> bool:
        sock.send(self.protocol.slow_piece(number))
        return True


class SlowBody(HeldBehaviour):
    """A body that gets one more byte every interval, until it is complete."""

    def __init__(self, load: SlowBodies, protocol: Protocol) -> None:
        super().__init__(load.interval_s)
        self.protocol, self._opening = protocol, protocol.slow_body(load.body_bytes)
        self._body_bytes = load.body_bytes

    def opening(self) -> bytes:
        return self._opening

    def act(self, sock: socket.socket, number: int) -> bool:
        if number <= self._body_bytes:
            sock.send(self.protocol.slow_body_piece(number))
        return True


class SlowRead(HeldBehaviour):
    """A long answer of which a few bytes are taken every interval.

    A close by the server is noticed when its FIN has been received, and that comes
    behind the data: a server that gives up in good order, with data still unsent, is
    seen to only when it resets the connection.
    """

    events = select.EPOLLRDHUP
    receive_bytes = 1  # the kernel takes its least instead (tcp(7), 2304 on Linux)

    def __init__(self, load: SlowReads, protocol: Protocol) -> None:
        super().__init__(load.interval_s)
        operation = Operation("bytes", load.answer_bytes)
        self._opening = protocol.request(operation)
        self._read_bytes = load.read_bytes

    def opening(self) -> bytes:
        return self._opening

    def act(self, sock: socket.socket, number: int) -> bool:
        return bool(sock.recv(self._read_bytes))


class Idle(HeldBehaviour):
    """Silence, from the beginning or after one answer."""

    def __init__(self, load: IdleConnections, protocol: Protocol) -> None:
        super().__init__()
        self._protocol = protocol if load.ask_first else None
        self._opening = protocol.request(Operation()) if load.ask_first else b""

    def opening(self) -> bytes:
        return self._opening

    def parser(self) -> Parser | None:
        return self._protocol.parser() if self._protocol else None


def behaviour_for(load: Held, protocol: Protocol) -> HeldBehaviour:
    """Make the behaviour of a load. NotImplementedError if its protocol cannot."""
    match load:
        case SlowHeads():
            return SlowHead(load, protocol)
        case SlowBodies():
            return SlowBody(load, protocol)
        case SlowReads():
            return SlowRead(load, protocol)
        case IdleConnections():
            return Idle(load, protocol)
