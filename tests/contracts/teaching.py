"""The teaching servers without a sandbox, and clients that read them byte by byte."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from labs.bench.contracts.settings import as_dict
from labs.bench.sandbox import lab_root
from labs.plugins import registry

DRIVERS = {
    slug: driver
    for slug, driver in registry.servers().items()
    if (driver.folder / "server.py").is_file()
}
PING = b"GET /ping HTTP/1.1\r\nHost: lab\r\n\r\n"
# In these a worker sleeps for its client; gevent only makes it look so.
BLOCKING = [slug for slug, driver in DRIVERS.items() if driver.busy_in]
GREEN = "green-threads"
LAST = b"GET /ping HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
SAFETY_S = 20
# How long nothing must come. Where the server is slow, this only proves less.
SILENCE_S = 0.2


def python(slug: str, folder: Path) -> list[str]:
    """Return the command of a Python that can run this server; skip without one.

    What is not in Python itself comes from the lab root's, which sees nothing of this
    machine but `folder`, and its network.
    """
    if "gevent" not in (DRIVERS[slug].folder / "server.py").read_text():
        return [sys.executable]
    if find_spec("gevent"):
        return [sys.executable]
    root = lab_root.find()
    if not root.exists:
        pytest.skip(f"There is no gevent here. {root.reason}; {root.how_to_get}")
    if not shutil.which("bwrap"):
        pytest.skip("There is no gevent here, and no bubblewrap to use the lab root's")
    inside = ("--ro-bind", str(root.root), "/", "--proc", "/proc", "--dev", "/dev")
    return ["bwrap", *inside, "--ro-bind", str(folder), "/lab", "/usr/bin/python3"]


class Server:
    """One server.py, with its settings; `connect` makes one more client of it."""

    def __init__(self, slug: str, folder: Path, **settings: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = free.getsockname()
        host, port = self.address
        given = {"host": host, "port": port, **as_dict(DRIVERS[slug].Knobs())}
        given |= settings
        (folder / "settings.json").write_text(json.dumps(given))
        shutil.copy(DRIVERS[slug].folder / "server.py", folder)
        program = python(slug, folder)
        place = "/lab" if program[0] == "bwrap" else str(folder)
        paths = (f"{place}/server.py", f"{place}/settings.json")
        self.command = [*program, "-I", "-u", *paths]
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE)
        self.clients: list[socket.socket] = []
        self._wait(given.get("processes", 0))

    def _wait(self, processes: int) -> None:
        """Wait until it listens, its pool is there, and it minds a signal."""
        until_s = time.monotonic() + SAFETY_S
        while not (
            self._listens()
            and len(children(self.process.pid)) >= processes
            and catches(self.main_pid(), signal.SIGTERM)
        ):
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < until_s
            time.sleep(0.01)

    def _listens(self) -> bool:
        try:
            socket.create_connection(self.address, SAFETY_S).close()
        except ConnectionRefusedError:
            return False
        return True

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

    def main_pid(self) -> int:
        """Return the number of the program itself, which bubblewrap may be around."""
        pid = self.process.pid
        if self.command[0] != "bwrap":
            return pid
        return children(pid)[0]

    def leave(self) -> None:
        """Close every client."""
        while self.clients:
            self.clients.pop().close()

    def end(self) -> None:
        self.leave()
        if self.process.poll() is None:
            os.kill(self.main_pid(), signal.SIGTERM)  # which ends its children too
        try:
            self.process.wait(SAFETY_S)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()


def children(pid: int) -> list[int]:
    """Return the numbers of a process's children."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def catches(pid: int, number: int) -> bool:
    """Tell whether a process has a handler for a signal (proc(5), SigCgt)."""
    (mask,) = re.findall(r"SigCgt:\s(\w+)", Path(f"/proc/{pid}/status").read_text())
    return bool(int(mask, 16) >> (number - 1) & 1)


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
        data += received(client, 1)
    head, _, body = data.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    length = int(dict(f.split(": ") for f in fields)["Content-Length"])
    while len(body) < length:
        body += received(client, min(length - len(body), 65536))
    assert len(body) == length
    return status.removeprefix("HTTP/1.1 "), body


def received(client: socket.socket, most: int) -> bytes:
    piece = client.recv(most)
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
