"""HTTP/1.1 as RFC 9112 has it: requests out, responses in, never a socket."""

from __future__ import annotations

from labs.bench.contracts.protocol import Operation, Parser, Protocol

_MAX_HEAD = 64 * 1024
_MAX_LINE = 4 * 1024  # of a chunk's size line or a trailer
_END = b"\r\n\r\n"
_TARGETS = {
    "ping": "/ping",
    "wait": "/wait?ms={}",
    "cpu": "/cpu?ms={}",
    "bytes": "/bytes?n={}",
}


class Http1(Protocol):
    """Speaks HTTP/1.1 with GET requests for the four operations."""

    abilities = frozenset({"slow_body", "pipeline"})

    def request(self, operation: Operation, *, keep_alive: bool = True) -> bytes:
        target = _TARGETS[operation.name].format(operation.argument)
        connection = "keep-alive" if keep_alive else "close"
        return (
            f"GET {target} HTTP/1.1\r\nHost: lab\r\nConnection: {connection}\r\n\r\n"
        ).encode()

    def slow_head(self) -> bytes:
        return b"GET /ping HTTP/1.1\r\nHost: lab\r\n"

    def slow_piece(self, number: int) -> bytes:
        return b"X-Slow-%d: %d\r\n" % (number, number)

    def slow_body(self, body_bytes: int) -> bytes:
        # A form is what every application is ready to read.
        return (
            "POST /ping HTTP/1.1\r\nHost: lab\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {body_bytes}\r\n\r\n"
        ).encode()

    def slow_body_piece(self, number: int) -> bytes:
        return b"x"

    def parser(self) -> ResponseParser:
        return ResponseParser()


class ResponseParser(Parser):
    """Reads responses one after the other, in whatever pieces they come.

    How a response's end is found is in RFC 9112, section 6.3: by its status, by chunks,
    by its length, or by the end of the connection.
    """

    __slots__ = (
        "_between",
        "_buffer",
        "_left",
        "_of_head",
        "_state",
        "_usual",
    )

    def __init__(self) -> None:
        super().__init__()
        self._buffer = b""
        self._state = self._head
        self._left = 0
        # What the head of the response being read says: (ok, keeps_alive).
        self._of_head = (False, True)
        self._between = True  # no byte of the next response has come
        # The head of a success that kept the connection, and the whole answer's length.
        self._usual: tuple[bytes, int] = (b"", -1)

    def feed(self, data: bytes) -> int:
        if self._between:
            # Servers repeat the same head for as long as its Date is the same. So an
            # answer that begins with it and has its length is read with two
            # comparisons, a hundredth of the time: the generator must be faster than
            # the servers it measures.
            head, length = self._usual
            if len(data) == length and data.startswith(head):
                self.ok = self.keeps_alive = True  # only such a head is remembered
                return 1
        self._buffer += data
        completed = 0
        while self._state():
            if self._state == self._done:
                self._complete()
                completed += 1
        self._between = not self._buffer and self._state == self._head
        return completed

    def eof(self) -> int:
        if self._state == self._until_close:
            self._buffer = b""
            self._complete()
            return 1
        if self._buffer or self._state != self._head:
            raise ValueError("The connection was closed in the middle of an answer")
        return 0

    def _complete(self) -> None:
        self._state = self._head
        self.ok, self.keeps_alive = self._of_head
        self.failed += not self.ok

    # Each state consumes what it can and returns whether the next one may try.

    def _head(self) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            self._check_beginning()
            return False
        if end > _MAX_HEAD:
            raise ValueError(f"A response head must be at most {_MAX_HEAD} bytes")
        head, whole = self._buffer[:end], self._buffer
        self._buffer = self._buffer[end + 4 :]
        status, fields = _parse_head(head)
        if 100 <= status < 200:
            return bool(self._buffer)
        ok, keeps = 200 <= status < 300, _keeps_alive(fields, head)
        self._choose_body(status, fields)
        self._of_head = (ok, keeps and self._state != self._until_close)
        if self._state == self._sized and keeps and ok:
            self._usual = (whole[: end + 4], end + 4 + self._left)
        return True

    def _check_beginning(self) -> None:
        if not b"HTTP/1."[: len(self._buffer)] == self._buffer[:7]:
            raise ValueError(f"Not an HTTP response: {self._buffer[:40]!r}")
        if len(self._buffer) >= _MAX_HEAD + len(_END):  # without the end's last byte
            raise ValueError(f"A response head must be at most {_MAX_HEAD} bytes")

    def _choose_body(self, status: int, fields: dict[bytes, bytes]) -> None:
        if status in (204, 304):
            self._state = self._done
        elif b"chunked" in fields.get(b"transfer-encoding", b"").lower():
            self._state = self._chunk_size
        elif b"content-length" in fields:
            self._left = _whole_number(fields[b"content-length"], 10)
            self._state = self._sized
        else:
            self._state = self._until_close

    def _sized(self) -> bool:
        if len(self._buffer) < self._left:
            self._left -= len(self._buffer)
            self._buffer = b""
            return False
        self._buffer = self._buffer[self._left :]
        self._left = 0
        self._state = self._done
        return True

    def _until_close(self) -> bool:
        self._buffer = b""
        return False

    def _chunk_size(self) -> bool:
        line = self._take_line()
        if line is None:
            return False
        self._left = _whole_number(line.split(b";")[0].strip(), 16)
        self._state = self._chunk if self._left else self._trailer
        self._left += 2 if self._left else 0  # the chunk's own line end
        return True

    def _chunk(self) -> bool:
        if self._sized():
            self._state = self._chunk_size
            return True
        return False

    def _trailer(self) -> bool:
        line = self._take_line()
        if line is None:
            return False
        if not line:
            self._state = self._done
        return True

    def _take_line(self) -> bytes | None:
        line, found, rest = self._buffer.partition(b"\r\n")
        if len(line.removesuffix(b"\r")) > _MAX_LINE:
            raise ValueError(f"A line of a body must be at most {_MAX_LINE} bytes")
        if not found:
            return None
        self._buffer = rest
        return line

    def _done(self) -> bool:
        raise AssertionError("feed() leaves this state at once")


def _parse_head(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    line, *rest = head.split(b"\r\n")
    version, _, after = line.partition(b" ")
    status = after[:3]
    if not (version.startswith(b"HTTP/1.") and len(status) == 3 and status.isdigit()):
        raise ValueError(f"Not an HTTP response: {line[:40]!r}")
    fields: dict[bytes, bytes] = {}
    for row in rest:
        name, found, value = row.partition(b":")
        if not found:
            raise ValueError(f"Not a header field: {row[:40]!r}")
        fields[name.lower()] = value.strip()
    return int(status), fields


def _keeps_alive(fields: dict[bytes, bytes], head: bytes) -> bool:
    connection = fields.get(b"connection", b"").lower()
    if b"close" in connection:
        return False
    return head.startswith(b"HTTP/1.1") or b"keep-alive" in connection


def _whole_number(digits: bytes, base: int) -> int:
    # int() alone would take "+5", "1_0", " 5" and, to the base 16, "0x5".
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise ValueError(f"Not a length: {digits[:20]!r}")
    return int(digits, base)
