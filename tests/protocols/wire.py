"""What the tests of parsers need of a protocol: its parser, answers, and garbage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from labs.bench.contracts.protocol import Parser


@dataclass(frozen=True)
class Wire:
    """A protocol as it is on the wire. Answers are named; `usual` is one of them."""

    parser: Callable[[], Parser]
    answers: Mapping[str, bytes]  # each complete in itself
    failures: frozenset[str]  # the answers that are no success
    usual: str
    sequence: tuple[str, ...]  # whose successes alternate
    garbage: Mapping[str, bytes]
    damaging: bytes  # bytes that mean something in this protocol
    most_refused: int  # of 3,000 damaged answers
    # Answers that are unfinished wherever they are cut.
    indivisible: frozenset[str]
    # Whether only the end of the connection shows that it will not be kept.
    end_is_unannounced: bool = True
    longest_piece: int = 80

    def feed(self, *pieces: bytes) -> tuple[list[int], Parser]:
        """Return what each piece completed, and the parser."""
        parser = self.parser()
        return [parser.feed(piece) for piece in pieces], parser


def in_pieces(data: bytes, size: int = 1) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
