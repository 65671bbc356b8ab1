"""Many plain WebSocket clients in one process: no masks undone, no JSON read.

No benchmark itself. Of each frame it notes its number and when it came.
"""

import asyncio
import base64
import json
import os
import re
import resource
import sys
import time
from typing import Any

_NUMBER = re.compile(rb'"seq":(\d+)')
_SNAPSHOT = b'{"type":"snapshot",'


class Viewer(asyncio.Protocol):
    """One client: the handshake, then frames of which it keeps numbers and times."""

    def __init__(self, host: str, path: str) -> None:
        self._request = handshake(host, path)
        self._buffer = bytearray()
        self._is_open = False
        self.began_s = time.monotonic()
        self.first_s: float | None = None
        self.seqs: list[int] = []
        self.is_snapshot_first = False
        self.last_s = 0.0
        self.error = ""
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.error = self.error or head[:40].decode()
                return
            self._is_open, self._buffer = True, rest
        while frame := self._take_frame():
            self._note(*frame)

    def connection_lost(self, error: Exception | None) -> None:
        self.error = self.error or (str(error) if error else "closed")

    def _take_frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 0x7F, 2
        if size > 125:
            at = 4 if size == 126 else 10
            if len(buffer) < at:
                return None
            size = int.from_bytes(buffer[2:at], "big")
        if len(buffer) < at + size:
            return None
        frame = buffer[0] & 0x0F, bytes(buffer[at : at + size])
        del buffer[: at + size]
        return frame

    def _note(self, opcode: int, data: bytes) -> None:
        if opcode == 8:
            self.error = f"close {int.from_bytes(data[:2], 'big')}"
        found = _NUMBER.search(data)
        if opcode != 1 or not found:
            return
        self.last_s = time.monotonic()
        if self.first_s is None:
            self.first_s = self.last_s
            self.is_snapshot_first = data.startswith(_SNAPSHOT)
        self.seqs.append(int(found[1]))


def handshake(host: str, path: str) -> bytes:
    """Return the request that opens a socket, as one of the site's own pages does."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


async def watch(
    host: str, path: str, clients: int, addresses: int, within_s: float, until_s: float
) -> None:
    """Let so many join within so long, from so many addresses; watch until a time and
    print what they got."""
    loop = asyncio.get_running_loop()
    name, port = host.split(":")
    viewers: list[Viewer] = []
    began_s = time.monotonic()

    async def join(number: int) -> None:
        await asyncio.sleep(began_s + number * within_s / clients - time.monotonic())
        viewer = Viewer(host, path)
        viewers.append(viewer)
        local = (f"127.0.{1 + number % addresses}.1", 0)
        try:
            await loop.create_connection(
                lambda: viewer, name, int(port), local_addr=local
            )
        except OSError as error:
            viewer.error = str(error)

    await asyncio.gather(*map(join, range(clients)))
    await asyncio.sleep(began_s + until_s - time.monotonic())
    print(json.dumps(_summary(viewers)), flush=True)
    await _leave(viewers)


async def _leave(viewers: list[Viewer]) -> None:
    """Let them go within a few seconds, as people do."""
    for number, viewer in enumerate(viewers):
        if viewer.transport is not None:
            viewer.transport.abort()
        if number % 20 == 0:
            await asyncio.sleep(0.05)


def _summary(viewers: list[Viewer]) -> dict[str, Any]:
    """Return what they got; the last frame of all is the one that each must have."""
    last = max((viewer.seqs[-1] for viewer in viewers if viewer.seqs), default=0)
    first_ms = sorted(1000 * (v.first_s - v.began_s) for v in viewers if v.first_s)
    errors: dict[str, int] = {}
    for viewer in viewers:
        errors[viewer.error] = errors.get(viewer.error, 0) + 1
    return {
        "first_ms": first_ms,
        "last_seq": last,
        "complete": sum(_is_complete(viewer, last) for viewer in viewers),
        "errors": errors,
    }


def _is_complete(viewer: Viewer, last: int) -> bool:
    seqs = viewer.seqs
    return bool(viewer.is_snapshot_first and seqs == list(range(seqs[0], last + 1)))


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(watch(**json.loads(sys.argv[1])))
