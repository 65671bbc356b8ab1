"""What the kernel says about a port, held against connections made here."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.sockdiag import COUNT_EVERY_S, PortWatch
from tests import fakes

HOST = fakes.HOST


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Port:
    """A listener whose connections are made and accepted one by one."""

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


@pytest.fixture
def port(stack) -> Port:
    return Port(stack)


class TestAcceptQueue:
    def test_it_is_who_is_connected_and_not_accepted(self, port):
        watch = port.watch()
        assert watch.accept_queue() == 0
        port.connect(7)
        assert watch.accept_queue() == 7
        port.accept(3)
        assert watch.accept_queue() == 4
        port.accept(4)
        assert watch.accept_queue() == 0

    def test_a_full_one_holds_what_the_backlog_allows(self):
        with fakes.FullServer() as server:
            watch = PortWatch(server.endpoint)
            assert watch.accept_queue() == 1
            watch.close()

    def test_a_listener_at_every_address_is_found(self, stack):
        port = Port(stack, host="0.0.0.0")
        port.connect(2)
        assert port.watch().accept_queue() == 2

    def test_there_is_none_without_a_listener(self):
        with fakes.RefusingPort() as nobody:
            watch = PortWatch(nobody.endpoint)
            assert watch.accept_queue() is None
            watch.close()

    def test_there_is_none_once_the_listener_is_closed(self, port):
        watch = port.watch()
        port.connect(1)
        port.accept(1)
        port.listener.close()
        assert watch.accept_queue() is None

    def test_the_queue_of_another_port_is_not_in_it(self, port, stack):
        Port(stack).connect(5)
        assert port.watch().accept_queue() == 0


class TestEstablished:
    def test_queued_and_accepted_ones_are_counted_once_each(self, port):
        port.connect(9)
        port.accept(4)
        assert port.watch().established(0.0) == 9

    def test_those_of_another_port_are_not(self, port, stack):
        Port(stack).connect(5)
        port.connect(2)
        assert port.watch().established(0.0) == 2

    def test_none_is_none(self, port):
        assert port.watch().established(0.0) == 0

    def test_more_than_one_answer_of_the_kernel_can_hold_are_counted(self, port):
        port.connect(400)
        assert port.watch().established(0.0) == 400

    def test_those_that_a_client_has_left_are_gone(self, port):
        clients = port.connect(6)
        for client in clients[:4]:
            client.close()
        assert port.watch().established(0.0) == 2

    def test_the_list_is_asked_for_once_a_second_at_most(self, port):
        watch = port.watch()
        port.connect(3)
        assert watch.established(50.0) == 3
        port.connect(4)
        assert watch.established(50.0 + 0.9 * COUNT_EVERY_S) == 3
        assert watch.established(50.0 + COUNT_EVERY_S) == 7


class TestFiles:
    def test_they_are_given_back(self, port):
        watch = PortWatch(Endpoint(HOST, port.number))
        watch.close()
        with pytest.raises(OSError):
            watch.accept_queue()
