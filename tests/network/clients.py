"""Clients of a site on loopback that take their time, or more than their part."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

DRIP_S = 0.5
_END = b"\r\n"


def connect(address: str) -> socket.socket:
    """Open a connection to a site's address."""
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def get(
    address: str, path: str = "/", source: str = "127.0.0.1", **headers: str
) -> http.client.HTTPResponse:
    """Ask for a page on a new connection; the answer's `text` has been read."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(
        parts.hostname, parts.port, timeout=20, source_address=(source, 0)
    )
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def post_head(path: str, length: int | None, kind: str = "text/plain") -> bytes:
    """Return a request's head; without a length its body comes in chunks."""
    size = (
        "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    )
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}", size]
    return "\r\n".join([*lines, "", ""]).encode()


def read_all(client: socket.socket) -> bytes:
    """Read until the site closes; b"" where it did so at once."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


@contextlib.contextmanager
def drippers(address: str, number: int, first: bytes) -> Iterator[list[socket.socket]]:
    """Let so many clients send `first`, and then a byte now and then, for ever."""
    clients, ended = [], threading.Event()

    def drip() -> None:
        while not ended.wait(DRIP_S):
            for client in tuple(clients):
                with contextlib.suppress(OSError):
                    client.send(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        for _ in range(number):
            with contextlib.suppress(OSError):
                client = connect(address)
                clients.append(client)
                client.sendall(first)
        yield clients
    finally:
        ended.set()
        thread.join()
        for client in clients:
            client.close()


def is_open(client: socket.socket) -> bool:
    """Tell whether the site has left a connection open."""
    client.setblocking(False)
    try:
        return bool(client.recv(65536, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


class Visitor:
    """Reads a page again and again, beside what a test does; `longest_s` of it."""

    def __init__(self, address: str, path: str = "/healthz") -> None:
        self.longest_s = 0.0
        self.answers = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._visit, args=(address, path))

    def __enter__(self) -> Visitor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _visit(self, address: str, path: str) -> None:
        while not self._ended.is_set():
            began_s = time.monotonic()
            assert get(address, path).status == 200
            self.longest_s = max(self.longest_s, time.monotonic() - began_s)
            self.answers += 1
