"""Every TCP connection of the site: how many there may be, and how long each may take.

A connection waits for its client (for a head, a body, the next request) or the site
works for it. Where there is no room for a new one, that which has waited longest makes
it: clients that drip or hold connections shut each other out, and nobody else. The
limits of time hold even without a newcomer.

Importing this takes over the event loop, as Daphne does.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

from concsite.client_address import Network
from concsite.network.limits import Limits

SWEEP_S = 1.0
_PROXY = "proxy"


class Phase(Enum):
    """What a connection is waiting for."""

    HEAD = auto()
    BODY = auto()
    WORK = auto()  # the site's answer; also a WebSocket, which has limits of its own
    IDLE = auto()
    REFUSED = auto()  # the client may read why; what it sends is thrown away


class Connection(ProtocolWrapper):
    """Stands between the transport and HTTP, or later the WebSocket's protocol."""

    transport: Any  # a twisted.internet.tcp.Server, of more than one interface

    def __init__(self, factory: ConnectionFactory, wrapped: Any, peer: str) -> None:
        super().__init__(factory, wrapped)
        self.peer = peer
        self.is_lost = False
        self.places = 1  # of max_connections; a body that needs a file takes another
        self.written_bytes = 0
        self._undrained: tuple[float, int] | None = None
        self.enter(Phase.HEAD)

    @property
    def is_from_proxy(self) -> bool:
        """Whether a trusted proxy has opened it."""
        return self.peer == _PROXY

    def enter(self, phase: Phase) -> None:
        """Note that something else is waited for from now on."""
        if self.is_lost:
            return
        self.phase = phase
        self.since_s = self.factory.now_s()
        self.received_bytes = 0
        self.factory.note(self)

    def dataReceived(self, data: bytes) -> None:
        """Pass on what the client sends, unless it has been refused."""
        self.received_bytes += len(data)
        if self.phase is Phase.IDLE:
            self.enter(Phase.HEAD)
        if self.phase is not Phase.REFUSED:
            super().dataReceived(data)

    def write(self, data: bytes) -> None:
        """Count and send."""
        self.written_bytes += len(data)
        super().write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Count and send."""
        pieces = list(data)
        self.written_bytes += sum(map(len, pieces))
        super().writeSequence(pieces)

    def refuse(self, answer: bytes) -> None:
        """Send an answer and listen no more; the client has a moment to read it.

        A connection closed with unread input is reset, and the answer lost with it.
        """
        self.enter(Phase.REFUSED)
        self.write(answer)
        self.transport.loseWriteConnection()

    def take_second_place(self) -> bool:
        """Take a place for the file that a long body waits in."""
        if self.places == 1:
            self.enter(Phase.WORK)  # so that it does not itself make room
            self.places += self.factory.take_place(self.peer)
        return self.places == 2

    def close_now(self) -> None:
        """Close without waiting for anything; its file is free when this returns."""
        self.transport.connectionLost(Failure(ConnectionAborted()))

    def end_if_overdue(self, now_s: float) -> None:
        """End it if its client has taken longer than it may."""
        waited_s = now_s - self.since_s
        if self._is_read_too_slowly(now_s):
            self.close_now()
        elif waited_s <= self._patience_s():
            return
        elif self.phase is Phase.IDLE:
            self.wrappedProtocol.loseConnection()
        elif self.phase is Phase.REFUSED or not self.received_bytes:
            self.close_now()
        else:
            self.wrappedProtocol.refuse_late()

    def _patience_s(self) -> float:
        limits = self.factory.limits
        match self.phase:
            case Phase.HEAD:
                return limits.head_s
            case Phase.BODY:
                return min(limits.body_s, _allowed_s(limits, self.received_bytes))
            case Phase.IDLE:
                return limits.keep_alive_s
            case Phase.REFUSED:
                return limits.linger_s
            case Phase.WORK:
                return math.inf

    def _is_read_too_slowly(self, now_s: float) -> bool:
        """Tell whether what was sent to the client leaves this process too slowly."""
        unsent = unsent_bytes(self.transport)
        if not unsent:
            self._undrained = None
            return False
        sent = self.written_bytes - unsent
        if self._undrained is None:
            self._undrained = now_s, sent
        began_s, sent_before = self._undrained
        return now_s - began_s > _allowed_s(self.factory.limits, sent - sent_before)


def unsent_bytes(transport: Any) -> int:
    """Return how much of what was written the kernel has not taken yet.

    Twisted tells a producer only whether its buffer is fuller than 64 KiB.
    """
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen


def _allowed_s(limits: Limits, size: int) -> float:
    return limits.grace_s + size / limits.min_bytes_per_s


@dataclass
class _Peer:
    """The connections of one address; those that wait for it, longest first."""

    places: int = 0
    waiting: dict[Connection, None] = field(default_factory=dict)


class ConnectionFactory(WrappingFactory[Connection]):
    """Lets connections in, makes room for them, and ends those that are overdue."""

    def __init__(
        self, wrapped: Any, limits: Limits, trusted: Sequence[Network], reactor: Any
    ) -> None:
        super().__init__(wrapped)
        self.limits = limits
        self.is_closing = False
        self._trusted = tuple(trusted)
        self._reactor = reactor
        self._peers: dict[str, _Peer] = {}
        self._places = 0

    def now_s(self) -> float:
        """Return the time on the reactor's clock."""
        return self._reactor.seconds()

    def doStart(self) -> None:
        """Begin to look for those that are overdue."""
        super().doStart()
        self._reactor.callLater(SWEEP_S, self.sweep)

    def sweep(self) -> None:
        """End all that are overdue, now and then again."""
        now_s = self.now_s()
        for connection in tuple(self.protocols):
            connection.end_if_overdue(now_s)
        self._reactor.callLater(SWEEP_S, self.sweep)

    def buildProtocol(self, address: IAddress | None) -> Any:
        """Let a client in; None closes its connection at once."""
        peer = self._name_of(address)
        if self.is_closing or not self.take_place(peer):
            return None
        wrapped = self.wrappedFactory.buildProtocol(address)
        return Connection(self, wrapped, peer)

    def unregisterProtocol(self, connection: Connection) -> None:
        """Give back what a connection had, which is closed."""
        super().unregisterProtocol(connection)
        connection.is_lost = True
        self._peers[connection.peer].waiting.pop(connection, None)
        self._give_back(connection.peer, connection.places)

    def note(self, connection: Connection) -> None:
        """Put a connection last among those that wait, or take it from them."""
        waiting = self._peers[connection.peer].waiting
        waiting.pop(connection, None)
        if connection.phase is not Phase.WORK:
            waiting[connection] = None

    def take_place(self, name: str) -> bool:
        """Take a place for an address, if need be from who has waited longest."""
        peer = self._peers.setdefault(name, _Peer())
        full = peer.places >= self.limits.max_connections_per_address
        if full and name != _PROXY:
            crowd = peer
        elif self._places >= self.limits.max_connections:
            crowd = max(self._peers.values(), key=lambda peer: len(peer.waiting))
        else:
            crowd = None
        # Counted before room is made, so that an address is not forgotten meanwhile.
        peer.places += 1
        self._places += 1
        if crowd is None:
            return True
        if crowd.waiting:
            next(iter(crowd.waiting)).close_now()
            return True
        self._give_back(name, 1)
        return False

    def _give_back(self, name: str, places: int) -> None:
        peer = self._peers[name]
        peer.places -= places
        self._places -= places
        if not peer.places:
            del self._peers[name]

    def _name_of(self, address: Any) -> str:
        """Return whom a connection counts for: an IPv4 address, or an IPv6 /64, which
        is what one customer has. A trusted proxy's connections are many people's."""
        try:
            host = ipaddress.ip_address(address.host.partition("%")[0])
        except (AttributeError, ValueError):  # a UNIX socket: only a proxy has one
            return _PROXY
        host = getattr(host, "ipv4_mapped", None) or host
        if any(host in network for network in self._trusted):
            return _PROXY
        if host.version == 4 or host.is_loopback:
            return str(host)
        return str(ipaddress.ip_network(f"{host}/64", strict=False))
