"""FastCGI 1.0 as its specification has it: records out, records in, never a socket.

The client stands where a web server would: it asks an application server, which runs
the script named in the request. Every application of the labs has its script at SCRIPT.
"""

from __future__ import annotations

import re
import struct

from labs.bench.contracts.protocol import Operation, Parser, Protocol

SCRIPT = "/lab/app.php"

_BEGIN, _END, _PARAMS, _STDIN, _STDOUT, _STDERR = 1, 3, 4, 5, 6, 7
_RESPONDER, _KEEP_CONN = 1, 1
_REQUEST_COMPLETE = 0
_ID = 1  # requests of one connection follow each other, so that one number does
_HEADER = struct.Struct("!BBHHBx")  # version, type, id, content, padding
_END_BODY = struct.Struct("!LB3x")  # appStatus (exit code), protocolStatus
_MAX_HEAD = 64 * 1024
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_QUERIES = {
    "ping": "op=ping",
    "wait": "op=wait&ms={}",
    "cpu": "op=cpu&ms={}",
    "bytes": "op=bytes&n={}",
}


class FastCgi(Protocol):
    """Asks a responder for the four operations, in the script's query."""

    abilities = frozenset({"slow_body"})
    not_applicable = {
        "pipeline": "FastCGI multiplexes by request numbers, which PHP-FPM refuses."
    }

    def request(self, operation: Operation, *, keep_alive: bool = True) -> bytes:
        query = _QUERIES[operation.name].format(operation.argument)
        return b"".join(
            (
                _begin(keep_alive),
                _record(_PARAMS, b"".join(_pair(*p) for p in _params(query))),
                _record(_PARAMS, b""),
                _record(_STDIN, b""),
            )
        )

    def slow_head(self) -> bytes:
        pairs = b"".join(_pair(*p) for p in _params(_QUERIES["ping"]))
        return _begin(keep_alive=False) + _record(_PARAMS, pairs)

    def slow_piece(self, number: int) -> bytes:
        # Only an empty record ends the parameters, and none of these is empty.
        return _record(_PARAMS, _pair(f"HTTP_X_SLOW_{number}", str(number)))

    def slow_body(self, body_bytes: int) -> bytes:
        pairs = _params(_QUERIES["ping"], ("REQUEST_METHOD", "POST"))
        pairs += [
            ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
            ("CONTENT_LENGTH", str(body_bytes)),
        ]
        params = _record(_PARAMS, b"".join(_pair(*p) for p in pairs))
        return _begin(keep_alive=False) + params + _record(_PARAMS, b"")

    def slow_body_piece(self, number: int) -> bytes:
        # Only an empty record ends the body, and this is none.
        return _record(_STDIN, b"x")

    def parser(self) -> ResponseParser:
        return ResponseParser()


def _begin(keep_alive: bool) -> bytes:
    flags = _KEEP_CONN if keep_alive else 0
    return _record(_BEGIN, struct.pack("!HB5x", _RESPONDER, flags))


def _record(kind: int, content: bytes) -> bytes:
    return _HEADER.pack(1, kind, _ID, len(content), 0) + content


def _params(
    query: str, method: tuple[str, str] = ("REQUEST_METHOD", "GET")
) -> list[tuple[str, str]]:
    """Return what RFC 3875 asks a web server to tell, as far as a script needs it."""
    return [
        ("GATEWAY_INTERFACE", "CGI/1.1"),
        ("SERVER_SOFTWARE", "lab"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        method,
        ("SCRIPT_FILENAME", SCRIPT),
        ("SCRIPT_NAME", "/app.php"),
        ("REQUEST_URI", f"/app.php?{query}"),
        ("QUERY_STRING", query),
    ]


def _pair(name: str, value: str) -> bytes:
    # Lengths below 128 take one byte each, and no name or value here is longer.
    return bytes((len(name), len(value))) + name.encode() + value.encode()


class ResponseParser(Parser):
    """Reads the records of one connection, in whatever pieces they come.

    An answer ends with its END_REQUEST record. Of its output only the head is stored,
    until the status in it is known.
    """

    __slots__ = ("_buffer", "_head", "_inside", "_status")

    def __init__(self) -> None:
        super().__init__()
        self._buffer = b""
        self._begin_answer()

    def feed(self, data: bytes) -> int:
        buffer = self._buffer + data
        at = completed = 0
        while len(buffer) - at >= _HEADER.size:
            kind, length, padding = _read_header(buffer, at)
            content_at = at + _HEADER.size
            if len(buffer) - content_at < length + padding:
                break
            content = buffer[content_at : content_at + length]
            completed += self._take(kind, content)
            at = content_at + length + padding
        else:
            _check_beginning(buffer[at:])
        self._buffer = buffer[at:]
        return completed

    def eof(self) -> int:
        if self._buffer or self._inside:
            raise ValueError("The connection was closed in the middle of an answer")
        self.keeps_alive = False  # no record says so: it is seen
        return 0

    def _begin_answer(self) -> None:
        self._inside = False  # a record of the next answer has been seen
        self._head = b""
        self._status = 0  # 0: the head has not ended

    def _take(self, kind: int, content: bytes) -> int:
        """Take a whole record; return 1 if it ends an answer, else 0."""
        self._inside = True
        if kind == _END:
            self._end(content)
            return 1
        if kind == _STDOUT and not self._status:
            self._head += content
            self._look_for_status()
        return 0

    def _look_for_status(self) -> None:
        end = _HEAD_END.search(self._head)
        if (end.end() if end else len(self._head)) > _MAX_HEAD:
            raise ValueError(f"A response head must be at most {_MAX_HEAD} bytes")
        if end:
            self._status = _status_in(self._head[: end.start()])
            self._head = b""

    def _end(self, content: bytes) -> None:
        if len(content) != _END_BODY.size:
            raise ValueError(f"Not the end of a request: {content[:40]!r}")
        exit_status, protocol_status = _END_BODY.unpack(content)
        done = (exit_status, protocol_status) == (0, _REQUEST_COMPLETE)
        self.ok = done and 200 <= self._status < 300
        self.failed += not self.ok
        self._begin_answer()


def _read_header(buffer: bytes, at: int) -> tuple[int, int, int]:
    """Return a record's type and the lengths of its content and padding."""
    version, kind, number, length, padding = _HEADER.unpack_from(buffer, at)
    wrong_end = kind == _END and length != _END_BODY.size
    if version != 1 or kind not in (_STDOUT, _STDERR, _END) or wrong_end:
        raise ValueError(f"Not a FastCGI record: {buffer[at : at + 8]!r}")
    if number != _ID:
        raise ValueError(f"A record of request {number}, which nobody made")
    return kind, length, padding


def _check_beginning(rest: bytes) -> None:
    """Refuse what cannot become a record, before all of its header is there."""
    if rest and rest[0] != 1:
        raise ValueError(f"Not a FastCGI record: {rest!r}")


def _status_in(head: bytes) -> int:
    """Return the status of a CGI head; it is 200 where none is said (RFC 3875)."""
    status = 200
    for row in head.split(b"\n"):
        name, found, value = row.partition(b":")
        if not found or not name:
            raise ValueError(f"Not a header field: {row[:40]!r}")
        if name.lower() == b"status":
            digits = value.strip()[:3]
            if len(digits) != 3 or digits.strip(b"0123456789"):
                raise ValueError(f"Not a status: {value[:40]!r}")
            status = int(digits)
    return status
