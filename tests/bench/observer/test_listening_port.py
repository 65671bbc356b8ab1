"""The server's port over time: who waits, who is served, who was turned away."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from labs.bench.observer import listening_port
from labs.bench.observer.listening_port import STALE_S
from tests import fakes
from tests.bench.ports import Port

# The client's kernel may take its time to acknowledge the end.
ENDING = {"fin_wait1", "fin_wait2"}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def port(stack) -> Port:
    return Port(stack)


class TestQueue:
    def test_it_is_who_is_connected_and_not_accepted(self, port):
        watch = port.watch()
        queues = [watch.look(0.0).queue]
        port.connect(7)
        queues.append(watch.look(0.2).queue)
        port.accept(3)
        queues.append(watch.look(0.4).queue)
        port.accept(4)
        queues.append(watch.look(0.6).queue)
        assert queues == [0, 7, 4, 0]

    def test_there_is_none_without_a_listener(self, port):
        watch = port.watch()
        port.listener.close()
        seen = watch.look(0.0)
        assert (seen.queue, seen.queue_limit) == (None, None)

    def test_its_limit_is_the_backlog(self, stack):
        assert Port(stack, room=9).watch().look(0.0).queue_limit == 9


class TestOverflows:
    def test_who_found_a_full_queue_is_counted_from_the_start_on(self, stack):
        with fakes.FullServer() as server:
            watch = Port(stack).watch()
            before = watch.look(0.0)
            late = stack.enter_context(socket.socket())
            late.setblocking(False)
            late.connect_ex((server.endpoint.host, server.endpoint.port))
            after = watch.look(0.2)
        assert (before.overflows, before.drops) == (0, 0)
        assert after.overflows >= 1 and after.drops >= after.overflows


class TestServedAndWaiting:
    def test_they_are_counted_apart(self, port):
        port.connect(9)
        port.accept(4)
        seen = port.watch().look(0.0)
        assert (len(seen.accepted), seen.waiting) == (4, 5)
        assert seen.states == {"established": 9}

    def test_one_that_is_put_off_until_it_speaks_waits(self, port):
        port.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10)
        (client,) = port.connect(1)
        watch = port.watch()
        assert (watch.look(0.0).waiting, watch.look(0.0).queue) == (1, 0)
        client.sendall(b"GET")
        assert (watch.look(2.0).waiting, watch.look(2.0).queue) == (1, 1)
        port.accept(1)
        assert (watch.look(4.0).waiting, len(watch.look(4.0).accepted)) == (0, 1)

    def test_one_that_gave_up_in_the_queue_still_waits_there(self, port):
        (client,) = port.connect(1)
        client.close()
        seen = port.watch().look(0.0)
        assert (seen.states, seen.waiting) == ({"close_wait": 1}, 1)

    def test_one_that_the_server_has_closed_is_nobodys(self, port):
        port.connect(1)
        (accepted,) = port.accept(1)
        accepted.close()
        seen = port.watch().look(0.0)
        assert seen.states.keys() <= ENDING
        assert (len(seen.accepted), seen.waiting) == (0, 0)

    def test_whose_end_has_come_is_counted_as_such(self, port):
        watch = port.watch()
        before = watch.look(0.0).time_wait
        (client,) = port.connect(1)
        (accepted,) = port.accept(1)
        client.close()
        accepted.close()
        assert watch.look(0.2).time_wait == before + 1


class TestRate:
    def test_the_list_is_asked_for_once_a_second_at_most(self, port):
        watch = port.watch()
        port.connect(3)
        assert watch.look(50.0).waiting == 3
        port.connect(4)
        assert watch.look(50.8).waiting == 3
        assert watch.look(51.0).waiting == 7

    def test_a_list_that_takes_long_is_asked_for_less_often(self, port, monkeypatch):
        instants = itertools.count(100.0, 0.5)  # each list seems to take half a second
        monkeypatch.setattr(listening_port.time, "monotonic", lambda: next(instants))
        watch = port.watch()
        watch.look(50.0)
        port.connect(3)
        assert watch.look(54.5).waiting == 0
        assert watch.look(55.0).waiting == 3

    def test_a_change_that_only_the_queue_tells_of_is_seen(self, port):
        watch = port.watch()
        port.connect(3)
        watch.look(50.0)
        port.accept(1)
        assert len(watch.look(51.0).accepted) == 1

    def test_what_no_counter_tells_of_is_seen_in_the_end(self, port):
        port.connect(1)
        (accepted,) = port.accept(1)
        watch = port.watch()
        watch.look(50.0)
        accepted.shutdown(socket.SHUT_WR)  # and CurrEstab is changed by others too
        assert watch.look(50.0 + STALE_S).states.keys() <= ENDING


class TestValues:
    def test_every_state_has_a_name_also_when_nobody_is_in_it(self, port):
        port.connect(2)
        port.accept(1)
        values = port.watch().look(0.0).values()
        assert values["server_connections"] == values["tcp_established"] == 2
        assert (values["connections_served"], values["connections_waiting"]) == (1, 1)
        assert (values["accept_queue"], values["tcp_close_wait"]) == (1, 0)

    def test_the_names_are_always_the_same(self, port):
        before = port.watch().look(0.0).values()
        port.connect(1)
        port.listener.close()
        assert port.watch().look(0.0).values().keys() == before.keys()


class TestFiles:
    def test_they_are_given_back(self, port):
        watch = port.watch()
        watch.close()
        with pytest.raises(OSError):
            watch.look(0.0)
