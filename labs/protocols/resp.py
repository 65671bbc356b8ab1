"""RESP 2, the protocol of Redis: commands out, replies in, never a socket."""

from __future__ import annotations

from labs.bench.contracts.protocol import Operation, Parser, Protocol

_MAX_LINE = 64 * 1024  # an error or a status; the server's own limit of a line
_MAX_BULK = 512 * 2**20
_MAX_ITEMS = 2**20
_MAX_DEPTH = 8
_USUAL_BYTES = 64  # longer replies rarely come twice

# Blocks its own client and nobody else; nothing is ever pushed to this list.
_WAIT = ("BLPOP", "lab:never", "{:.3f}")
# A script has the only thread to itself. The clock is the process's CPU time: the wall
# clock stands still for a script.
_CPU = (
    "local till = os.clock() + ARGV[1] / 1000 while os.clock() < till do end return 1"
)
_BYTES = "return string.rep('x', ARGV[1])"

# An argument of 16 KiB that comes byte by byte, and a million of them.
_SLOW_ARGUMENT = 16 * 1024
_SLOW_LENGTH = b"$%d\r\n" % _SLOW_ARGUMENT


class Resp(Protocol):
    """Speaks RESP 2. The client closes a connection that it does not want to keep."""

    abilities = frozenset({"pipeline"})
    not_applicable = {
        "slow_body": (
            "A command has no body apart from its arguments, and those are what "
            "Slowloris sends slowly here."
        )
    }

    def request(self, operation: Operation, *, keep_alive: bool = True) -> bytes:
        argument = operation.argument
        if operation.name == "ping":
            return _command("PING")
        if operation.name == "wait":
            name, key, seconds = _WAIT
            # A limit of 0 would mean to wait for ever.
            return _command(name, key, seconds.format(max(1, argument) / 1000))
        script = {"cpu": _CPU, "bytes": _BYTES}[operation.name]
        return _command("EVAL", script, "0", str(argument))

    def slow_head(self) -> bytes:
        return b"*%d\r\n$4\r\nECHO\r\n" % _MAX_ITEMS + _SLOW_LENGTH

    def slow_piece(self, number: int) -> bytes:
        if number % (_SLOW_ARGUMENT + 1):
            return b"x"
        return b"\r\n" + _SLOW_LENGTH

    def parser(self) -> ReplyParser:
        return ReplyParser()


def _command(*words: str) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words]
    return b"".join(parts)


class ReplyParser(Parser):
    """Reads replies one after the other, in whatever pieces they come.

    A long text is counted and dropped: only how the reply ended matters.
    """

    __slots__ = (
        "_buffer",
        "_first",
        "_left",
        "_open",
        "_usual",
    )

    def __init__(self) -> None:
        super().__init__()
        self._buffer = b""
        self._left = 0  # bytes of a bulk string still to come, with its line end
        self._open: list[int] = []  # items still to come in each array around us
        self._first = b""  # the type of the reply itself
        self._usual = b""  # one whole reply, a success, that came in one piece

    def feed(self, data: bytes) -> int:
        # Most replies repeat the one before (+PONG, +OK): one comparison reads them.
        is_between = not (self._buffer or self._first)
        if is_between and data and data == self._usual:
            self.ok = True
            return 1
        completed = self._read(data)
        is_whole = completed == 1 and not (self._buffer or self._first)
        if is_between and is_whole and self.ok and len(data) <= _USUAL_BYTES:
            self._usual = data
        return completed

    def _read(self, data: bytes) -> int:
        self._buffer += data
        completed = 0
        while self._buffer:
            if self._left:
                if not self._skip_bulk():
                    break
                ended = self._item_ended()
            else:
                line = self._take_line()
                if line is None:
                    break
                ended = self._item(line)
            if ended:
                self.ok = self._first != b"-"
                self.failed += not self.ok
                self._first = b""
                completed += 1
        return completed

    def eof(self) -> int:
        if self._buffer or self._first:
            raise ValueError("The connection was closed in the middle of an answer")
        self.keeps_alive = False
        return 0

    def _take_line(self) -> bytes | None:
        if self._buffer[0] not in b"+-:$*":
            raise ValueError(f"Not a RESP reply: {self._buffer[:40]!r}")
        line, found, rest = self._buffer.partition(b"\r\n")
        if len(line.removesuffix(b"\r")) > _MAX_LINE:
            raise ValueError(f"A line must be at most {_MAX_LINE} bytes")
        if not found:
            _check_unended(line)
            return None
        self._buffer = rest
        return line

    def _item(self, line: bytes) -> bool:
        """Take the line of one item; return whether the whole reply ended with it."""
        kind, text = line[:1], line[1:]
        self._first = self._first or kind
        if kind == b"$":
            length = _count(text, _MAX_BULK)
            if length is not None:
                self._left = length + 2
                return False
        elif kind == b"*":
            items = _count(text, _MAX_ITEMS)
            if items:
                return self._open_array(items)
        else:
            _check_simple(kind, text)
        return self._item_ended()

    def _open_array(self, items: int) -> bool:
        if len(self._open) == _MAX_DEPTH:
            raise ValueError(f"Arrays must not be deeper than {_MAX_DEPTH}")
        self._open.append(items)
        return False

    def _item_ended(self) -> bool:
        """Count an item in the arrays around it; return whether all are complete."""
        while self._open:
            self._open[-1] -= 1
            if self._open[-1]:
                return False
            self._open.pop()
        return True

    def _skip_bulk(self) -> bool:
        """Drop what came of a bulk string; return whether it is complete."""
        skipped = min(len(self._buffer), max(0, self._left - 2))
        self._left -= skipped
        end = self._buffer[skipped : skipped + self._left]
        if end and not b"\r\n"[2 - self._left :].startswith(end):
            raise ValueError(f"A text is longer than its length: {end!r}")
        self._left -= len(end)
        self._buffer = self._buffer[skipped + len(end) :]
        return not self._left


def _check_unended(line: bytes) -> None:
    """Refuse early what no further byte can mend."""
    if line[:1] in b":$*":
        digits = line[1:].rstrip(b"\r").removeprefix(b"-")
        if len(line) > 24 or digits.strip(b"0123456789"):
            raise ValueError(f"Not a number: {line[:40]!r}")


def _check_simple(kind: bytes, text: bytes) -> None:
    if b"\r" in text or b"\n" in text:
        raise ValueError(f"A line end within a line: {text[:40]!r}")
    if kind == b":":
        _digits(text.removeprefix(b"-"))


def _count(text: bytes, most: int) -> int | None:
    """Return a length; None for -1, which means that there is nothing."""
    if text == b"-1":
        return None
    number = int(_digits(text))
    if number > most:
        raise ValueError(f"A length must be at most {most}, not {number}")
    return number


def _digits(text: bytes) -> bytes:
    # int() alone would take "+5", "1_0" and " 5".
    if not text or len(text) > 20 or text.strip(b"0123456789"):
        raise ValueError(f"Not a number: {text[:20]!r}")
    return text
