"""RESP on the wire: answers, and what is none."""

from labs.protocols.resp import ReplyParser
from tests.protocols.wire import Wire

PONG = b"+PONG\r\n"
ERROR = b"-ERR unknown command 'X'\r\n"
ENDED = {
    "pong": PONG,
    "error": ERROR,
    "empty status": b"+\r\n",
    "number": b":12\r\n",
    "negative": b":-9223372036854775808\r\n",
    "text": b"$5\r\nhello\r\n",
    "empty": b"$0\r\n\r\n",
    "nothing": b"$-1\r\n",
    "lines": b"$8\r\n\r\n+OK\r\n\r\r\n",
    "array": b"*2\r\n$3\r\nkey\r\n$5\r\nvalue\r\n",
    "no items": b"*0\r\n",
    "no array": b"*-1\r\n",
    "nested": b"*3\r\n*2\r\n:1\r\n*0\r\n$-1\r\n*1\r\n+a\r\n",
    "error within": b"*2\r\n-ERR one of them\r\n:1\r\n",
}
GARBAGE = {
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n",
    "one wrong byte": b"P",
    "a type of RESP 3": b"#t\r\n",
    "an empty line": b"\r\n",
    "a number in words": b":five\r\n",
    "no number": b":\r\n",
    "a minus alone": b":-\r\n",
    "a signed number": b":+5\r\n",
    "a grouped length": b"$1_0\r\n",
    "a length with a space": b"$ 5\r\n",
    "no length": b"$\r\n",
    "a negative length": b"$-2\r\n",
    "a negative array": b"*-3\r\n",
    "a length without end": b"$" + b"1" * 30,
    "a length beyond the limit": b"$536870913\r\n",
    "an array beyond the limit": b"*1048577\r\n",
    "a text that is too long": b"$2\r\nabc\r\n",
    "a text without its end": b"$2\r\nab\n\r",
    "half of an end": b"$2\r\nab\rc",
    "a line end within a line": b"+a\nb\r\n",
    "a carriage return within": b"-a\rb\r\n",
    "too many arrays in each other": b"*1\r\n" * 9,
    "an endless line": b"+" + b"x" * 70_000,
    "a long line that ends": b"+" + b"x" * 70_000 + b"\r\n",
}

WIRE = Wire(
    parser=ReplyParser,
    answers=ENDED,
    failures=frozenset({"error"}),
    usual="pong",
    sequence=("pong", "error", "error within", "error", "nothing"),
    garbage=GARBAGE,
    damaging=b"\r\n +-:$*0159aP\x00\xff",
    most_refused=2700,
    indivisible=frozenset(ENDED),
    longest_piece=20,
)
