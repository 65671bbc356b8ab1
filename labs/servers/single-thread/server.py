"""The simplest web server there is: one thread, one connection at a time.

The life of a connection here:

1. The kernel completes the handshake and puts the connection into the accept queue.
2. accept() takes it out. Until we are done with it, every other client waits.
3. recv() sleeps until the client has sent something, for as long as that takes.
4. When a whole request head has arrived, its answer is made and sent.
5. Back to 3 for the next request, until the client closes. Only then back to 2.

Nothing here runs at the same time as anything else, so nothing can go wrong between two
things at once. That is the model's whole merit, and its whole limit.
"""

import json
import signal
import socket
import sys
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

HEAD_END = b"\r\n\r\n"
MOST_HEAD_BYTES = 16 * 1024
MOST_MS = 60_000
MOST_BYTES = 10_000_000


def main(settings):
    """Listen, and serve one connection after the other, for ever."""
    listener = socket.create_server(
        (settings["host"], settings["port"]), backlog=settings["backlog"]
    )
    print("Listening; one connection is served at a time", file=sys.stderr, flush=True)
    while True:
        connection, _ = listener.accept()  # sleeps here while nobody wants anything
        if settings["timeout_s"]:
            connection.settimeout(settings["timeout_s"])
        # A client that is gone or too slow is let go: the next one has waited enough.
        with connection, suppress(ConnectionError, TimeoutError):
            serve(connection)


def serve(connection):
    """Answer the requests of one connection, in order, until it is over."""
    received = b""
    while True:
        head, received = read_head(connection, received)
        if head is None:
            return
        answer, keep_alive = respond(head)
        connection.sendall(answer)
        if not keep_alive:
            return


def read_head(connection, received):
    """Return (one request head, what came after it); the head is None at the end.

    What came after it is the beginning of the next request, if the client did not wait
    for our answer before it sent that (pipelining).
    """
    while HEAD_END not in received:
        if len(received) > MOST_HEAD_BYTES:
            return None, b""
        piece = connection.recv(4096)  # sleeps here; a slow client keeps us here
        if not piece:
            return None, b""  # closed by the client
        received += piece
    head, _, rest = received.partition(HEAD_END)
    return head, rest


def respond(head):
    """Return (the bytes of the answer, whether to go on) for one request head."""
    try:
        request_line, *fields = head.decode("latin-1").split("\r\n")
        method, target, version = request_line.split(" ")
        if version not in ("HTTP/1.0", "HTTP/1.1"):
            raise ValueError("not a version we speak")
    except ValueError:
        return make_answer("400 Bad Request", b"", False), False
    keep_alive = wants_keep_alive(version, fields)
    if method != "GET":
        # A body would follow that we do not read, so what comes next is no request.
        return make_answer("405 Method Not Allowed", b"", False), False
    try:
        status, body = operate(target)
    except ValueError:
        status, body = "400 Bad Request", b""
    return make_answer(status, body, keep_alive), keep_alive


def wants_keep_alive(version, fields):
    """Say whether the connection stays open: HTTP/1.1 does unless told otherwise."""
    for field in fields:
        name, _, value = field.partition(":")
        if name.lower() == "connection":
            return "keep-alive" in value.lower() or (
                version == "HTTP/1.1" and "close" not in value.lower()
            )
    return version == "HTTP/1.1"


def operate(target):
    """Do what is asked for; return (status, body). ValueError for a bad number."""
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path == "/ping":
        return "200 OK", b"pong\n"
    if parts.path == "/wait":  # blocked on something slow, such as a database
        time.sleep(number(query, "ms", MOST_MS) / 1000)
        return "200 OK", b"waited\n"
    if parts.path == "/cpu":  # busy
        until = time.monotonic() + number(query, "ms", MOST_MS) / 1000
        while time.monotonic() < until:
            pass
        return "200 OK", b"worked\n"
    if parts.path == "/bytes":
        return "200 OK", b"x" * number(query, "n", MOST_BYTES)
    return "404 Not Found", b""


def number(query, name, most):
    """Return a whole number of the query, between 0 and `most`."""
    return max(0, min(int(query.get(name, "0")), most))


def make_answer(status, body, keep_alive):
    """Return the bytes of one answer."""
    connection = "keep-alive" if keep_alive else "close"
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nConnection: {connection}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[1]) as file:
        main(json.load(file))
