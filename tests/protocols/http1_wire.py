"""HTTP/1.1 on the wire: answers, and what is none."""

from labs.protocols.http1 import ResponseParser
from tests.protocols.wire import Wire

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorry"
OLD = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
CONTINUED += SIZED
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = CHUNKED_HEAD + b"5\r\nhello\r\nA\r\n\r\n23456789\r\n0\r\n\r\n"
TRAILED = CHUNKED_HEAD + b"2;name=value\r\nok\r\n0;x\r\nSum: 1\r\nMore: 2\r\n\r\n"
ENDED = {
    "sized": SIZED,
    "empty": EMPTY,
    "no_content": NO_CONTENT,
    "not_modified": NOT_MODIFIED,
    "failed": FAILED,
    "old": OLD,
    "continued": CONTINUED,
    "chunked": CHUNKED,
    "trailed": TRAILED,
}
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nHTTP/1.1 is only text here\r\n\r\n"
GARBAGE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01",
    "one wrong byte": b"h",
    "a wrong byte later": b"HTTP/1,",
    "version 2": b"HTTP/2 200\r\n\r\n",
    "version 3": b"HTTP/3.0 200 OK\r\n\r\n",
    "a status in letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "a short status": b"HTTP/1.1 20\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a signed status": b"HTTP/1.1 +20 OK\r\n\r\n",
    "a field without a colon": b"HTTP/1.1 200 OK\r\nServer x\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
    "a grouped length": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
    "a length in hex": b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n",
    "an empty length": b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
    "a length in words": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
    "a chunk without a size": CHUNKED_HEAD + b"\r\n",
    "a negative chunk": CHUNKED_HEAD + b"-2\r\n",
    "a chunk with a prefix": CHUNKED_HEAD + b"0x2\r\nok\r\n",
    "a chunk of no number": CHUNKED_HEAD + b"size\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    "a long head that ends": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "an endless chunk size": CHUNKED_HEAD + b"0" * 5000,
    "an endless trailer": CHUNKED_HEAD + b"0\r\nX: " + b"x" * 5000,
}

WIRE = Wire(
    parser=ResponseParser,
    answers=ENDED,
    failures=frozenset({"failed", "not_modified"}),
    usual="sized",
    sequence=("sized", "failed", "sized", "failed", "failed", "sized", "sized"),
    garbage=GARBAGE,
    damaging=b"\r\n :;0159afzHTP/.\x00\xff",
    most_refused=2700,
    # After an interim answer there may be an end: nothing of the next has been seen.
    indivisible=frozenset(ENDED) - {"continued"},
    end_is_unannounced=False,
)
