"""Which process holds which connection, held against the files of this one."""

import os
from contextlib import ExitStack

import pytest

from labs.bench.observer import socket_owners
from labs.bench.observer.socket_owners import OpenFiles, SocketOwners
from tests.bench.ports import Port

OURSELVES = os.getpid()
NOBODY = 2**22 + 1  # above the highest number a process can have


@pytest.fixture
def port():
    with ExitStack() as stack:
        yield Port(stack)


def inode(sock) -> int:
    return os.fstat(sock.fileno()).st_ino


class TestSocketOwners:
    def test_the_connections_of_a_process_are_named_by_their_client(self, port):
        clients = port.connect(3)
        wanted = {inode(s): s.getpeername()[1] for s in port.accept(3)}
        opened = SocketOwners().look(OURSELVES, wanted)
        ports = sorted(client.getsockname()[1] for client in clients)
        assert (opened.connections, list(opened.clients)) == (3, ports)

    def test_sockets_that_are_no_connections_of_the_server_are_only_files(self, port):
        owners = SocketOwners()
        before = owners.look(OURSELVES, {})
        port.connect(2)
        after = owners.look(OURSELVES, {})
        assert after.files == before.files + 2
        assert (after.connections, after.clients) == (0, ())

    def test_one_that_comes_and_one_that_goes_are_seen(self, port):
        port.connect(2)
        first, second = port.accept(2)
        known = {inode(first): 1, inode(second): 2}
        owners = SocketOwners()
        assert owners.look(OURSELVES, known).clients == (1, 2)
        port.connect(1)
        (third,) = port.accept(1)
        known = {inode(second): 2, inode(third): 3}
        first.close()
        assert owners.look(OURSELVES, known).clients == (2, 3)

    def test_a_file_number_that_is_used_again_leads_elsewhere(self, port):
        port.connect(1)
        (first,) = port.accept(1)
        owners = SocketOwners()
        assert owners.look(OURSELVES, {inode(first): 1}).clients == (1,)
        port.connect(1)
        (second,) = port.accept(1)
        os.dup2(second.fileno(), first.fileno())
        seen = owners.look(OURSELVES, {inode(first): 2})
        assert seen.clients == (2,)

    def test_few_are_named_and_all_are_counted(self, port, monkeypatch):
        monkeypatch.setattr(socket_owners, "MAX_SHOWN", 2)
        port.connect(5)
        known = {inode(s): n for n, s in enumerate(port.accept(5))}
        opened = SocketOwners().look(OURSELVES, known)
        assert (opened.connections, opened.clients) == (5, (0, 1))

    def test_of_too_many_files_only_the_number_is_told(self, monkeypatch):
        monkeypatch.setattr(socket_owners, "MAX_FILES", 1)
        opened = SocketOwners().look(OURSELVES, {})
        assert opened.files > 1 and opened.connections is None

    def test_a_process_that_is_gone_holds_nothing_that_is_known(self):
        assert SocketOwners().look(NOBODY, {}) == OpenFiles()
