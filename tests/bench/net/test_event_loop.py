"""Descriptors and instants: who is called, when, in which order, and who no more."""

import itertools
import os
import select
import socket

import pytest

from labs.bench.net.event_loop import EventLoop
from tests.fakes import FakeClock

IN, OUT = select.EPOLLIN, select.EPOLLOUT


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def loop(clock):
    loop = EventLoop(clock)
    yield loop
    loop.close()


@pytest.fixture
def pairs():
    """Three pairs of connected sockets."""
    made = [socket.socketpair() for _ in range(3)]
    yield made
    for end in (end for pair in made for end in pair):
        end.close()


@pytest.fixture
def readable(pairs):
    """Three sockets that have something to read."""
    for _, theirs in pairs:
        theirs.send(b"x")
    return [ours for ours, _ in pairs]


class TestTimers:
    def test_none_fires_before_it_is_due(self, loop, clock):
        fired = []
        loop.at(clock() + 1.0, lambda: fired.append(clock()))
        clock.forward(0.999)
        loop.step(0)
        assert fired == []
        clock.forward(0.001)
        loop.step(0)
        assert fired == [1001.0]

    def test_it_fires_once(self, loop, clock):
        fired = []
        loop.at(clock(), lambda: fired.append(1))
        loop.step(0)
        loop.step(0)
        assert fired == [1]

    def test_the_order_is_that_of_instants_and_then_that_of_asking(self, loop, clock):
        fired = []
        for name, after_s in [("c", 0.2), ("a", 0.1), ("d", 0.2), ("b", 0.1)]:
            loop.at(clock() + after_s, lambda name=name: fired.append(name))
        clock.forward(1.0)
        loop.step(0)
        assert "".join(fired) == "abcd"

    def test_one_in_the_past_fires_at_the_next_step(self, loop, clock):
        fired = []
        loop.at(clock() - 5.0, lambda: fired.append(1))
        loop.step(10.0)
        assert fired == [1]

    def test_a_cancelled_one_never_fires(self, loop, clock):
        timer = loop.at(clock(), lambda: pytest.fail("It was cancelled"))
        timer.cancel()
        timer.cancel()
        loop.step(0)

    def test_one_may_cancel_another_that_is_due_as_well(self, loop, clock):
        fired = []
        loop.at(clock() + 0.1, lambda: (fired.append(1), second.cancel()))
        second = loop.at(clock() + 0.2, lambda: fired.append(2))
        clock.forward(1.0)
        loop.step(0)
        assert fired == [1]

    def test_to_cancel_one_that_has_fired_does_nothing(self, loop, clock):
        fired = []
        timer = loop.at(clock(), lambda: fired.append(1))
        loop.step(0)
        timer.cancel()
        loop.step(0)
        assert fired == [1]

    def test_one_that_a_timer_asks_for_comes_in_its_turn(self, loop, clock):
        fired = []

        def again() -> None:
            fired.append(clock())
            loop.at(clock() + 0.5, again)

        loop.at(clock() + 0.5, again)
        for _ in range(4):
            clock.forward(0.5)
            loop.step(0)
        assert fired == [1000.5, 1001.0, 1001.5, 1002.0]

    def test_waiting_ends_when_one_is_due(self):
        loop, fired = EventLoop(), []
        loop.at(loop.now() + 0.01, lambda: fired.append(1))
        while not fired:
            loop.step(3600.0)  # would outlast the test if the timer did not end it
        loop.close()

    def test_a_cancelled_one_does_not_shorten_the_wait(self):
        loop, looked = EventLoop(), []
        loop.at(loop.now(), lambda: None).cancel()
        loop.at(loop.now() + 0.02, lambda: looked.append(1))
        loop.step(3600.0)
        loop.close()
        assert looked == [1]


class TestDescriptors:
    def test_what_is_ready_is_called_with_what_it_is_ready_for(self, loop, pairs):
        ours, theirs = pairs[0]
        masks = []
        loop.add(ours.fileno(), IN | OUT, masks.append)
        loop.step(0)
        theirs.send(b"x")
        loop.step(0)
        assert masks == [OUT, IN | OUT]

    def test_what_is_not_ready_is_not_called(self, loop, pairs):
        loop.add(pairs[0][0].fileno(), IN, lambda mask: pytest.fail("Not ready"))
        loop.step(0)

    def test_it_can_wait_for_something_else(self, loop, pairs):
        masks, ours = [], pairs[0][0]
        loop.add(ours.fileno(), IN, masks.append)
        loop.modify(ours.fileno(), OUT)
        loop.step(0)
        assert masks == [OUT]

    def test_the_end_of_the_other_side_is_an_event(self, loop, pairs):
        ours, theirs = pairs[0]
        masks = []
        loop.add(ours.fileno(), IN, masks.append)
        theirs.close()
        loop.step(0)
        assert masks == [IN | select.EPOLLHUP]

    def test_a_removed_one_is_forgotten(self, loop, readable):
        loop.add(readable[0].fileno(), IN, lambda mask: pytest.fail("Removed"))
        loop.remove(readable[0].fileno())
        loop.step(0)

    def test_to_remove_what_was_never_added_is_a_key_error(self, loop, pairs):
        with pytest.raises(KeyError):
            loop.remove(pairs[0][0].fileno())

    def test_to_add_twice_is_an_os_error(self, loop, pairs):
        loop.add(pairs[0][0].fileno(), IN, print)
        with pytest.raises(FileExistsError):
            loop.add(pairs[0][0].fileno(), IN, print)

    def test_one_removed_by_another_gets_no_event_already_fetched(self, loop, readable):
        called = []

        def remove_the_others(me: socket.socket) -> None:
            called.append(me)
            for other in readable:
                if other is not me:
                    loop.remove(other.fileno())

        for one in readable:
            loop.add(one.fileno(), IN, lambda mask, one=one: remove_the_others(one))
        loop.step(0)
        assert len(called) == 1

    def test_a_successor_with_the_same_number_gets_only_events_of_its_own(
        self, loop, readable
    ):
        called, numbers = [], {one.fileno() for one in readable}
        quiet, far_end = socket.socketpair()

        def replace_the_others(me: int) -> None:
            called.append("first")
            loop.remove(me)
            for other in numbers - {me}:
                loop.remove(other)
                os.dup2(quiet.fileno(), other)
                loop.add(other, IN, lambda mask: called.append("successor"))

        for number in numbers:
            loop.add(number, IN, lambda mask, me=number: replace_the_others(me))
        with quiet, far_end:
            loop.step(0)
            assert called == ["first"]
            far_end.send(b"x")
            loop.step(0)
        assert called == ["first", "successor", "successor"]

    def test_descriptors_come_before_timers(self, loop, clock, readable):
        called = []
        loop.at(clock(), lambda: called.append("timer"))
        loop.add(readable[0].fileno(), IN, lambda mask: called.append("descriptor"))
        loop.step(0)
        assert called == ["descriptor", "timer"]

    def test_those_it_watched_stay_open(self, clock, pairs):
        loop, (ours, theirs) = EventLoop(clock), pairs[0]
        loop.add(ours.fileno(), IN, print)
        loop.close()
        theirs.send(b"x")
        assert ours.recv(1) == b"x"


class TestLag:
    def test_it_is_the_worst_time_that_callbacks_took(self, loop, clock):
        for busy_s in (0.3, 0.7, 0.1):
            loop.at(clock(), lambda busy_s=busy_s: clock.forward(busy_s))
            loop.step(0)
        assert loop.take_lag() == pytest.approx(0.7)

    def test_what_is_done_between_two_steps_counts_too(self, loop, clock):
        clock.forward(9.0)  # before the first one nobody waits
        loop.step(0)
        clock.forward(0.5)
        loop.step(0)
        clock.forward(0.2)
        loop.step(0)
        assert loop.take_lag() == pytest.approx(0.5)

    def test_callbacks_of_descriptors_count_too(self, loop, clock, readable):
        loop.add(readable[0].fileno(), IN, lambda mask: clock.forward(0.4))
        loop.step(0)
        assert loop.take_lag() == pytest.approx(0.4)

    def test_to_take_it_begins_anew(self, loop, clock):
        loop.at(clock(), lambda: clock.forward(0.3))
        loop.step(0)
        loop.take_lag()
        loop.step(0)
        assert loop.take_lag() == 0.0

    def test_to_wait_is_not_to_lag(self):
        assert lag_of_a_wait(0.01, that_takes_s=0.0105) == 0.0

    def test_to_wake_up_late_is(self):
        found_s = lag_of_a_wait(0.01, that_takes_s=0.5)
        assert found_s == pytest.approx(0.49, abs=0.0011)


def lag_of_a_wait(wait_s: float, that_takes_s: float) -> float:
    """Return what a loop notes when it wanted to wait and woke up after so long."""
    began_s = 1000.0
    instants = itertools.chain([began_s], itertools.repeat(began_s + that_takes_s))
    loop = EventLoop(instants.__next__)
    loop.step(wait_s)
    loop.close()
    return loop.take_lag()
