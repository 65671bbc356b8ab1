"""What the kernel says about the sockets at a port, held against sockets made here."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from labs.bench.observer.sock_diag import Listener, SockDiag, read
from tests import fakes
from tests.bench.ports import Port


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def port(stack) -> Port:
    return Port(stack)


def ask(stack: ExitStack, port: Port) -> SockDiag:
    diag = SockDiag(port.number)
    stack.callback(diag.close)
    return diag


class TestMessage:
    def test_its_fields_are_those_of_the_kernel(self):
        # nlmsghdr; family, state, timer, retrans; ports; addresses, interface, cookie;
        # expires, both queues, user, inode (include/uapi/linux/inet_diag.h).
        message = (
            struct.pack("=IHHII", 88, 20, 2, 1, 77)
            + struct.pack("=BBBB", socket.AF_INET, 8, 0, 0)
            + struct.pack("!HH", 8080, 52046)
            + bytes(44)
            + struct.pack("=IIIII", 1, 3, 511, 64000, 1252433)
        )
        state, client, queue, limit, inode = read(message)
        assert (state, socket.ntohs(client), inode) == (8, 52046, 1252433)
        assert (queue, limit) == (3, 511)


class TestListeners:
    def test_its_queue_and_its_limit(self, stack):
        port = Port(stack, room=7)
        port.connect(3)
        assert ask(stack, port).listeners() == [Listener(queue=3, limit=7)]

    def test_a_listener_at_every_address_is_found(self, stack):
        port = Port(stack, host="0.0.0.0")
        port.connect(2)
        assert [each.queue for each in ask(stack, port).listeners()] == [2]

    def test_those_that_share_a_port_are_all_found(self, stack):
        pair = [stack.enter_context(socket.socket()) for _ in range(2)]
        address = (fakes.HOST, 0)
        for each in pair:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            each.bind(address)
            each.listen(4)
            address = each.getsockname()
        diag = SockDiag(address[1])
        assert diag.listeners() == [Listener(0, 4)] * 2
        diag.close()

    def test_there_is_none_without_one(self, stack, port):
        port.listener.close()
        assert ask(stack, port).listeners() == []


class TestConnections:
    def test_an_accepted_one_has_the_inode_of_its_file(self, stack, port):
        (client,) = port.connect(1)
        (accepted,) = port.accept(1)
        (seen,) = ask(stack, port).connections()
        assert seen.state == "established"
        assert seen.client == client.getsockname()[1]
        assert seen.inode == os.fstat(accepted.fileno()).st_ino

    def test_one_that_nobody_accepted_has_none(self, stack, port):
        port.connect(1)
        (seen,) = ask(stack, port).connections()
        assert (seen.state, seen.inode) == ("established", 0)

    def test_one_whose_acceptance_is_put_off_is_there(self, stack, port):
        port.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10)
        port.connect(1)
        (seen,) = ask(stack, port).connections()
        assert (seen.state, seen.inode) == ("syn_recv", 0)

    def test_one_that_its_client_has_left_waits_to_be_closed(self, stack, port):
        (client,) = port.connect(1)
        port.accept(1)
        client.close()
        (seen,) = ask(stack, port).connections()
        assert seen.state == "close_wait"

    def test_those_of_another_port_are_not_there(self, stack, port):
        Port(stack).connect(5)
        port.connect(2)
        assert len(ask(stack, port).connections()) == 2

    def test_more_than_one_answer_of_the_kernel_can_hold_are_told(self, stack, port):
        port.connect(400)
        assert len(ask(stack, port).connections()) == 400


class TestFiles:
    def test_they_are_given_back(self, port):
        diag = SockDiag(port.number)
        diag.close()
        with pytest.raises(OSError):
            diag.listeners()
