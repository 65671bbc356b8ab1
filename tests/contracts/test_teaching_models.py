"""What is the models' own: whom each teaching server lets wait, and for how long."""

import os
import signal
import subprocess
import time

import pytest

from labs.bench.sandbox import keeper
from tests.contracts.teaching import (
    BLOCKING,
    DRIVERS,
    GREEN,
    LAST,
    PING,
    SAFETY_S,
    children,
    is_silent,
    one_answer,
    until_end,
)

# What decides how many connections are served at once.
LIMITS = {
    slug: name
    for slug, driver in DRIVERS.items()
    for name in ("max_connections", "processes", "threads")
    if name in driver.Knobs.__dataclass_fields__ and (driver.busy_in or "_c" in name)
}


@pytest.mark.server
@pytest.mark.parametrize("slug", ["single-thread"])
class TestOneAtATime:
    def test_a_second_client_waits_for_the_first_to_leave(self, server):
        first, second = server.connect(), server.connect()
        first.sendall(PING)
        assert one_answer(first)[0] == "200 OK"
        second.sendall(LAST)
        assert is_silent(second)
        first.close()
        assert b"200 OK" in until_end(second)

    def test_half_a_head_is_enough_to_hold_it(self, server):
        slow, honest = server.connect(), server.connect()
        slow.sendall(PING[:-2])
        honest.sendall(LAST)
        assert is_silent(honest)
        slow.sendall(PING[-2:])
        slow.close()
        assert b"200 OK" in until_end(honest)

    def test_clients_are_served_in_the_order_they_came(self, server):
        clients = [server.connect() for _ in range(5)]
        for client in reversed(clients):
            client.sendall(LAST)
        assert [until_end(client).count(b"200 OK") for client in clients] == [1] * 5


@pytest.mark.server
@pytest.mark.parametrize("slug", [slug for slug in DRIVERS if slug != "single-thread"])
class TestManyAtATime:
    @pytest.mark.parametrize("sent", [b"", PING[:9]])
    def test_a_client_that_is_silent_holds_nobody_else_up(self, server, sent):
        for _ in range(3):
            server.connect().sendall(sent)
        assert server.is_well()

    def test_a_handler_that_waits_holds_nobody_else_up(self, server):
        waiting = server.connect()
        waiting.sendall(b"GET /wait?ms=60000 HTTP/1.1\r\n\r\n")
        assert server.is_well()
        assert is_silent(waiting)

    def test_each_gets_its_own_answers(self, server):
        clients = [server.connect() for _ in range(5)]
        for number, client in enumerate(clients):
            client.sendall(b"GET /bytes?n=%d HTTP/1.1\r\n\r\n" % number)
        for number, client in reversed(list(enumerate(clients))):
            assert one_answer(client) == ("200 OK", b"x" * number)

    def test_one_that_does_not_read_holds_nobody_else_up(self, server):
        client = server.connect()
        client.sendall(b"GET /bytes?n=10000000 HTTP/1.1\r\n\r\n" * 2)
        assert server.is_well()
        assert [len(one_answer(client)[1]) for _ in range(2)] == [10_000_000] * 2


@pytest.mark.server
@pytest.mark.parametrize("slug", LIMITS)
class TestLimit:
    def test_who_is_beyond_it_waits_for_one_to_leave(self, start, slug):
        if slug == "multi-event-loop":
            server = start(processes=1, max_connections=2)
        else:
            server = start(**{LIMITS[slug]: 2})
        first, second = server.connect(), server.connect()
        for client in (first, second):
            client.sendall(PING)
            assert one_answer(client)[0] == "200 OK"
        third = server.connect()
        third.sendall(LAST)
        assert is_silent(third)
        first.close()
        assert b"200 OK" in until_end(third)


@pytest.mark.server
class TestBusyHandler:
    """Python computes in one thread of a process at a time, but lets others in."""

    @pytest.mark.parametrize("slug", ["event-loop", "async-loop", GREEN])
    def test_it_stops_a_loop(self, server):
        busy, honest = server.connect(), server.connect()
        honest.sendall(PING)
        assert one_answer(honest)[0] == "200 OK"
        # When the first answer is here, the second is already being worked on.
        busy.sendall(PING + b"GET /cpu?ms=1000 HTTP/1.1\r\n\r\n")
        assert one_answer(busy)[0] == "200 OK"
        honest.sendall(PING)
        assert is_silent(honest)
        assert one_answer(honest)[0] == one_answer(busy)[0] == "200 OK"

    @pytest.mark.parametrize("slug", ["prefork-processes", "loop-with-thread-pool"])
    def test_it_does_not_stop_a_pool(self, server):
        busy = server.connect()
        busy.sendall(b"GET /cpu?ms=3000 HTTP/1.1\r\n\r\n")
        assert server.is_well()


@pytest.mark.server
@pytest.mark.parametrize("slug", ["multi-event-loop"])
class TestALoopThatDied:
    # As many that the kernel's hash would choose its socket for one of them.
    NEW_CLIENTS = 40

    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_the_others_serve_whoever_comes_then(self, start, which):
        server = start(processes=3)
        kill_and_wait(children(server.main_pid())[which])
        clients = [server.connect() for _ in range(self.NEW_CLIENTS)]
        for client in clients:
            client.sendall(LAST)
            assert b"200 OK" in until_end(client)

    def test_no_socket_listens_when_all_have_died(self, start):
        server = start(processes=2)
        for pid in children(server.main_pid()):
            kill_and_wait(pid)
        with pytest.raises(ConnectionRefusedError):
            server.connect()


def kill_and_wait(pid):
    """End a process at once, and wait until its sockets are closed."""
    os.kill(pid, signal.SIGKILL)
    until_s = time.monotonic() + SAFETY_S
    while keeper.lives(pid):
        assert time.monotonic() < until_s
        time.sleep(0.01)


@pytest.mark.server
class TestTimeout:
    @pytest.mark.parametrize("sent", [b"", PING[:9], PING])
    @pytest.mark.parametrize("slug", [*BLOCKING, GREEN])
    def test_a_silent_client_is_let_go(self, start, slug, sent):
        client = start(timeout_s=1).connect()
        client.sendall(sent)
        assert until_end(client).count(b"200 OK") == (sent == PING)

    @pytest.mark.parametrize("sent", [b"", PING[:9], PING])
    @pytest.mark.parametrize("slug", ["event-loop", "multi-event-loop", "async-loop"])
    def test_so_is_one_whose_head_is_not_whole_in_time(self, start, slug, sent):
        client = start(header_timeout_s=1).connect()
        client.sendall(sent)
        assert until_end(client).count(b"200 OK") == (sent == PING)

    @pytest.mark.parametrize("slug", ["event-loop", "multi-event-loop", "async-loop"])
    def test_a_byte_now_and_then_does_not_prolong_it(self, start, slug):
        client = start(header_timeout_s=1).connect()
        client.settimeout(0.1)
        with pytest.raises(ConnectionError):
            for _ in range(SAFETY_S * 10):
                client.sendall(b"X")
                try:
                    if not client.recv(1):
                        raise ConnectionAbortedError
                except TimeoutError:
                    continue


@pytest.mark.server
class TestEnd:
    @pytest.mark.parametrize("sent", [None, b"", PING[:9]])
    @pytest.mark.parametrize("slug", DRIVERS)
    def test_a_polite_signal_ends_it_wherever_it_stands(self, start, slug, sent):
        server = start()
        if sent is not None:
            server.connect().sendall(sent)
        os.kill(server.main_pid(), signal.SIGTERM)
        assert server.process.wait(SAFETY_S) == 0
        server.leave()  # a child that serves one goes on until then
        assert server.process.stderr.read() == b""

    # Sockets of one user that set SO_REUSEPORT share a port.
    @pytest.mark.parametrize("slug", [s for s in DRIVERS if s != "multi-event-loop"])
    def test_a_port_that_is_taken_is_said(self, start, slug):
        server = start()
        done = subprocess.run(
            server.command, capture_output=True, text=True, timeout=SAFETY_S
        )
        assert done.returncode == 1
        assert "Address already in use" in done.stderr
