"""The contract of a protocol: bytes and events, never a socket (sans-I/O).

The engine owns every socket. A protocol turns an operation into the bytes of a request,
gives the slow pieces an attacker would drip, and makes a parser that is fed with what
was received.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Operation:
    """What a scenario asks of the server's application: ping, wait, cpu or bytes.

    `argument` is milliseconds for wait and cpu, bytes for bytes, unused for ping.
    """

    name: str = "ping"
    argument: int = 0


class Parser(ABC):
    """Reads the answers of one connection. One instance per connection."""

    @abstractmethod
    def feed(self, data: bytes) -> int:
        """Take received bytes; return how many answers were completed by them.

        Raises ValueError when the bytes are not this protocol.
        """

    @abstractmethod
    def eof(self) -> int:
        """Note that the peer closed; return answers completed by that (0 or 1).

        Raises ValueError when it closed in the middle of an answer.
        """

    @property
    @abstractmethod
    def ok(self) -> bool:
        """Whether the last completed answer was a success (HTTP 200, RESP +OK)."""

    @property
    @abstractmethod
    def keeps_alive(self) -> bool:
        """Whether the connection may be used again after the last answer."""


class Protocol(ABC):
    """One way of talking to a server. Stateless; `slug` is set from the file's name."""

    slug: ClassVar[str] = ""

    @abstractmethod
    def request(self, operation: Operation, *, keep_alive: bool = True) -> bytes:
        """Return the bytes of one complete request."""

    @abstractmethod
    def slow_head(self) -> bytes:
        """Return the beginning of a request that is never completed."""

    @abstractmethod
    def slow_piece(self, number: int) -> bytes:
        """Return the `number`-th dripped piece (1, 2, ...), which completes nothing."""

    @abstractmethod
    def parser(self) -> Parser:
        """Make a parser for a new connection."""
