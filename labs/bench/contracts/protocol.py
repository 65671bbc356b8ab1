"""The contract of a protocol: bytes and events, never a socket (sans-I/O).

The engine owns every socket. A protocol turns an operation into the bytes of a request,
gives the pieces that a slow client sends one by one, and makes a parser that is fed
with what was received.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
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
    """Reads the answers of one connection. One instance per connection.

    What it says of them are plain attributes: they are read at every answer.
    """

    __slots__ = ("failed", "keeps_alive", "ok")

    ok: bool  # whether the last completed answer was a success (HTTP 200, RESP +OK)
    failed: int  # how many of all the completed answers were no success
    keeps_alive: bool  # whether the connection may be used again after the last answer

    def __init__(self) -> None:
        self.ok, self.failed, self.keeps_alive = False, 0, True

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


class Protocol(ABC):
    """One way of talking to a server. Stateless; `slug` is set from the file's name."""

    slug: ClassVar[str] = ""
    # What not every protocol can: "slow_body" (a request whose body is sent later),
    # "pipeline" (further requests before the first answer).
    abilities: ClassVar[frozenset[str]] = frozenset()
    # Why an ability is not there: its name -> a sentence for people.
    not_applicable: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def request(self, operation: Operation, *, keep_alive: bool = True) -> bytes:
        """Return the bytes of one complete request."""

    @abstractmethod
    def slow_head(self) -> bytes:
        """Return the beginning of a request that is never completed."""

    @abstractmethod
    def slow_piece(self, number: int) -> bytes:
        """Return the `number`-th piece to send (1, 2, ...), which completes nothing."""

    def slow_body(self, body_bytes: int) -> bytes:
        """Return a complete head that announces a body of so many bytes.

        NotImplementedError without the ability slow_body.
        """
        raise NotImplementedError

    def slow_body_piece(self, number: int) -> bytes:
        """Return the `number`-th piece to send (1, 2, ...): one byte of that body.

        NotImplementedError without the ability slow_body.
        """
        raise NotImplementedError

    @abstractmethod
    def parser(self) -> Parser:
        """Make a parser for a new connection."""
