"""A loopback port whose connections are made and accepted one by one."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.observer.listening_port import PortWatch
from tests.fakes import HOST


class Port:
    """A listener; everything it makes is closed with `stack`."""

    def __init__(self, stack: ExitStack, host: str = HOST, room: int = 512) -> None:
        self._stack = stack
        self.listener = stack.enter_context(socket.create_server((host, 0)))
        self.listener.listen(room)
        self.number = self.listener.getsockname()[1]

    def connect(self, number: int) -> list[socket.socket]:
        address = (HOST, self.number)
        made = [socket.create_connection(address) for _ in range(number)]
        return [self._stack.enter_context(sock) for sock in made]

    def accept(self, number: int) -> list[socket.socket]:
        made = [self.listener.accept()[0] for _ in range(number)]
        return [self._stack.enter_context(sock) for sock in made]

    def watch(self) -> PortWatch:
        watch = PortWatch(Endpoint(HOST, self.number))
        self._stack.callback(watch.close)
        return watch
