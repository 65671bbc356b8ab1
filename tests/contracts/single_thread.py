"""The teaching server without a sandbox, and clients that read it byte by byte."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "labs/servers/single-thread/server.py"
LAST = b"GET /ping HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
SAFETY_S = 20
# How long nothing must come. Where the server is slow, this only proves less.
SILENCE_S = 0.2


class Server:
    """The program, with its settings; `connect` makes one more client of it."""

    def __init__(self, folder: Path, **settings: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = free.getsockname()
        path = folder / "settings.json"
        host, port = self.address
        path.write_text(
            json.dumps(
                {"host": host, "port": port, "backlog": 16, "timeout_s": 0} | settings
            )
        )
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-u", str(PROGRAM), str(path)],
            stderr=subprocess.PIPE,
        )
        assert b"Listening" in self.process.stderr.readline()
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        client = socket.create_connection(self.address, SAFETY_S)
        self.clients.append(client)
        return client

    def ask(self, *pieces: bytes) -> bytes:
        """Send pieces on a connection of their own; return all until its end."""
        with self.connect() as client:
            for piece in pieces:
                client.sendall(piece)
            return until_end(client)

    def is_well(self) -> bool:
        """Say whether it lives and answers a new client."""
        return self.process.poll() is None and b"200 OK" in self.ask(LAST)

    def end(self) -> None:
        for client in self.clients:
            client.close()
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


def until_end(client: socket.socket) -> bytes:
    """Read until the server closes, or resets after what it had to say."""
    data = b""
    try:
        while piece := client.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def one_answer(client: socket.socket) -> tuple[str, bytes]:
    """Read one answer that has a length; return its status and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(client)
    head, _, body = data.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    length = int(dict(f.split(": ") for f in fields)["Content-Length"])
    while len(body) < length:
        body += received(client)
    assert len(body) == length
    return status.removeprefix("HTTP/1.1 "), body


def received(client: socket.socket) -> bytes:
    piece = client.recv(1)
    assert piece, "The connection was closed in the middle of an answer"
    return piece


def is_silent(client: socket.socket) -> bool:
    client.settimeout(SILENCE_S)
    try:
        return client.recv(1) is None
    except TimeoutError:
        return True
    finally:
        client.settimeout(SAFETY_S)
