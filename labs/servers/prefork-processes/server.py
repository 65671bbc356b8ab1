"""A pool of processes, made before the first client comes.

The life of a connection here:

1. The kernel completes the handshake and puts the connection into the accept queue.
2. All idle processes sleep in accept(). The kernel wakes one, and that owns it.
3. recv() sleeps until the client has sent something. This process does nothing else.
4. When a whole request head has arrived, its answer is made and sent.
5. Back to 3 for the next request, until the client closes. Only then back to 2.

Each process is the single-threaded server, and shares nothing with the others but the
listening socket. The parent serves nobody. (Real ones replace a child that has died.)
"""

import json
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing import Process, set_start_method
from urllib.parse import urlsplit

MAX_HEAD_BYTES = 16 * 1024
MAX = 10_000_000  # milliseconds, or bytes


def main(settings):
    """Listen, and let a pool of processes serve."""
    address = settings["host"], settings["port"]
    listener = socket.create_server(address, backlog=settings["backlog"])
    arguments = listener, settings
    set_start_method("fork")  # each begins as a copy of this one
    for _ in range(settings["processes"]):
        Process(target=work, args=arguments, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # which ends the others too
    signal.pause()  # the first process sleeps here until it is told to end


def work(listener, settings):
    """Serve one connection after the other, for ever."""
    while True:
        connection, _ = listener.accept()  # sleeps here while nobody wants anything
        serve(connection, settings)


def serve(connection, settings):
    """Answer the requests of one connection, in order, until it is over."""
    # A client that is gone or too slow is let go.
    with connection, suppress(ConnectionError, TimeoutError):
        connection.settimeout(settings["timeout_s"] or None)
        received, keep_alive = b"", True
        while keep_alive:
            head, received = read_head(connection, received)
            answer, keep_alive, wait_s = respond(head)
            if wait_s:
                time.sleep(wait_s)  # sleeps here
            connection.sendall(answer)  # sleeps here while the client does not read


def read_head(connection, received):
    """Return (one request head, what came after it), when it is whole."""
    head, received = take_head(received)
    while head is None:
        piece = connection.recv(4096)  # sleeps here; a slow client keeps us here
        if not piece:
            raise ConnectionAbortedError("The client closed it")
        head, received = take_head(received + piece)
    return head, received


def take_head(received):
    """Return (one request head, what came after it); no head if it is not whole."""
    head, end, rest = received.partition(b"\r\n\r\n")
    if len(head) > MAX_HEAD_BYTES:
        raise ConnectionAbortedError("The head is too long")
    return (head, rest) if end else (None, received)


def respond(head):
    """Return (the answer, whether to go on, seconds to wait before it) for a head."""
    body, keep_alive, wait_s = b"", False, 0
    words = head.decode("latin-1").partition("\r\n")[0].split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.0", "HTTP/1.1"):
        status = "400 Bad Request"
    elif words[0] != "GET":
        status = "405 Method Not Allowed"  # we would not know where its body ends
    else:
        status, body, wait_s = operate(words[1])
        said = head.lower().partition(b"\r\nconnection:")[2].partition(b"\r\n")[0]
        usual = words[2] == "HTTP/1.1" and b"close" not in said
        keep_alive = usual or b"keep-alive" in said
    answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
    answer += f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
    return answer.encode() + body, keep_alive, wait_s


def operate(target):
    """Do what is asked for; return (status, body, seconds to wait before it)."""
    try:
        url = urlsplit(target)
        amount = max(0, min(int(url.query.partition("=")[2] or 0), MAX))
    except ValueError:
        return "400 Bad Request", b"", 0
    if url.path == "/ping":
        return "200 OK", b"pong\n", 0
    if url.path == "/wait":  # for something slow; how to wait is the model's
        return "200 OK", b"waited\n", amount / 1000
    if url.path == "/cpu":  # busy, in every model alike
        until = time.monotonic() + amount / 1000
        while time.monotonic() < until:
            pass
        return "200 OK", b"worked\n", 0
    if url.path == "/bytes":
        return "200 OK", b"x" * amount, 0
    return "404 Not Found", b"", 0


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        main(json.load(file))
