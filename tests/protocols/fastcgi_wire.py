"""FastCGI on the wire: answers, and what is none."""

import struct

from labs.protocols.fastcgi import ResponseParser
from tests.protocols.wire import Wire

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def record(kind, content=b"", *, padding=0, number=1, version=1) -> bytes:
    header = struct.pack("!BBHHBB", version, kind, number, len(content), padding, 0)
    return header + content + b"\0" * padding


def end(exit_status=0, protocol_status=0) -> bytes:
    return record(END, struct.pack("!LBBBB", exit_status, protocol_status, 0, 0, 0))


HEAD = b"X-Powered-By: PHP/8\r\nContent-type: text/plain\r\n\r\n"
PLAIN = record(STDOUT, HEAD + b"pong\n") + end()
STATUS = record(STDOUT, b"Status: 201 Created\r\n\r\n") + end()
FAILED = record(STDOUT, b"Status: 500 No\r\nA: b\r\n\r\nsorry") + end()
PIECES = record(STDOUT, HEAD[:9]) + record(STDOUT, HEAD[9:-1]) + record(STDOUT, b"\n")
PIECES += record(STDOUT, b"body") + record(STDOUT) + record(STDERR) + end()
PADDED = record(STDOUT, HEAD, padding=7) + record(STDOUT, b"x", padding=255) + end()
NOISY = record(STDERR, b"PHP Notice: so") + PLAIN
BARE = record(STDOUT, b"A: b\n\nbody\r\n\r\nmore") + end()
BUSY = end(0, 2)  # overloaded: nothing was run
EXITED = record(STDOUT, HEAD) + end(255)
ENDED = {
    "plain": PLAIN,
    "status": STATUS,
    "failed": FAILED,
    "pieces": PIECES,
    "padded": PADDED,
    "noisy": NOISY,
    "bare": BARE,
    "busy": BUSY,
    "exited": EXITED,
}
GARBAGE = {
    "HTTP": b"HTTP/1.1 200 OK\r\n\r\n",
    "one wrong byte": b"h",
    "version 0": record(STDOUT, HEAD, version=0),
    "version 2": record(STDOUT, HEAD, version=2),
    "a record of a client": record(PARAMS, b"\1\1ab"),
    "a type that is none": record(99, b""),
    "another request": record(STDOUT, HEAD, number=2),
    "no request": record(STDOUT, HEAD, number=0),
    "an end that is too short": record(END, b"\0" * 7),
    "an end that is too long": record(END, b"\0" * 9),
    "an empty end": record(END),
    "a status in letters": record(STDOUT, b"Status: abc\r\n\r\n"),
    "a short status": record(STDOUT, b"Status: 20\r\n\r\n"),
    "a signed status": record(STDOUT, b"Status: +20\r\n\r\n"),
    "a field without a colon": record(STDOUT, b"Status 200\r\n\r\n"),
    "a field without a name": record(STDOUT, b": 200\r\n\r\n"),
    "an endless head": record(STDOUT, b"X" * 40_000) * 2,
    "a long head that ends": record(STDOUT, b"X: " + b"x" * 65_000)
    + record(STDOUT, b"x" * 600 + b"\r\n\r\n"),
}

WIRE = Wire(
    parser=ResponseParser,
    answers=ENDED,
    failures=frozenset({"failed", "busy", "exited"}),
    usual="plain",
    sequence=("plain", "failed", "status", "busy", "exited", "noisy"),
    garbage=GARBAGE,
    damaging=b"\r\n :;0159aSts/.\x00\x01\x03\x06\xff",
    most_refused=2900,
    indivisible=frozenset(ENDED),
)
