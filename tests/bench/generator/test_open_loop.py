"""Requests that fall due whatever became of others, held against known servers.

Instants that a test waits for are those of a fake clock.
"""

from collections.abc import Iterator

import pytest

from labs.bench.contracts.loads import CONSTANT, OpenLoop
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.open_loop import OpenLoopLoad
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop
from labs.protocols.http1 import Http1
from tests import fakes
from tests.fakes import drive


class Bench:
    """A loop, a window and an open loop that asks one server."""

    def __init__(self, server, clock) -> None:
        self.clock, self.loop, self.window = clock, EventLoop(clock), Window()
        parts = self.loop, server.address, Http1(), self.window, Sources()
        self.load = OpenLoopLoad(LoadContext(*parts))
        self.tally = self.window.new_tally(counted=True)

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *error: object) -> None:
        self.load.finish()
        self.loop.close()

    @property
    def totals(self) -> Tally:
        self.tally.settle()
        return self.tally

    def offer(self, rate_per_s: float, **settings) -> None:
        load = OpenLoop(rate_per_s, arrivals=CONSTANT, **settings)
        self.load.apply(load, PhaseStart(self.tally, 10.0, "seed"))

    def stop(self) -> None:
        self.load.apply(None, PhaseStart(self.tally))

    def fall_due(self, seconds: float) -> None:
        """Let so much time pass at once, and send what fell due in it."""
        self.clock.forward(seconds)
        self.loop.step(0)

    def outcomes(self, number: int) -> dict[str, int]:
        """Let attempts end until there are so many."""
        drive(self.loop, lambda: self.totals.outcomes.total() >= number)
        return dict(+self.totals.outcomes)


@pytest.fixture
def clock():
    return fakes.FakeClock()


@pytest.fixture
def silent(clock) -> Iterator[Bench]:
    """Four requests that fell due in the first second and reached a silent server."""
    with fakes.SilentServer() as server, Bench(server, clock) as bench:
        bench.offer(4, timeout_s=10.0)
        bench.fall_due(1.0)
        drive(bench.loop, lambda: server.requests == 4)
        yield bench


class TestDue:
    def test_requests_fall_due_though_none_is_answered(self, silent):
        silent.fall_due(1.0)
        assert silent.totals.attempts == silent.load.in_flight == 8

    def test_nothing_falls_due_before_its_time(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(4)
            bench.fall_due(0.2)
            assert bench.totals.attempts == 0

    def test_latency_runs_from_when_it_was_due_and_not_from_when_it_was_sent(
        self, clock
    ):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1)
            bench.fall_due(3.0)  # the loop slept: those due at 1 and 2 s are late
            assert bench.outcomes(3) == {"ok": 3}
            assert bench.totals.latency.max_ms == pytest.approx(2000, abs=1)
            assert bench.totals.send_delay.max_ms == pytest.approx(2000, abs=1)

    def test_none_falls_due_after_the_end_of_the_load(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(4)
            bench.fall_due(1.0)
            bench.stop()
            bench.fall_due(5.0)
            assert bench.outcomes(4) == {"ok": 4}
            assert bench.totals.attempts == 4


class TestConnections:
    def test_an_idle_one_is_used_again(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1)
            for number in (1, 2, 3):
                bench.fall_due(1.0)
                bench.outcomes(number)
            assert bench.totals.connections_opened == 1
            assert bench.load.connections_open == 1

    def test_without_keep_alive_each_request_has_its_own(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1, keep_alive=False)
            for number in (1, 2, 3):
                bench.fall_due(1.0)
                bench.outcomes(number)
            assert bench.totals.connections_opened == 3
            assert bench.load.connections_open == 0

    def test_who_finds_none_free_waits_and_its_wait_counts(self, clock):
        with fakes.SilentServer() as server, Bench(server, clock) as bench:
            bench.offer(1, connections=1, timeout_s=10.0)
            bench.fall_due(3.0)
            drive(bench.loop, lambda: server.requests == 1)
            assert bench.load.waiting_to_send == 2
            assert bench.load.in_flight == 3
            answer = server.connections[0].send
            server.loop.call_soon_threadsafe(answer, fakes.OK)
            drive(bench.loop, lambda: server.requests == 2)
            assert bench.totals.send_delay.max_ms == pytest.approx(2000, abs=1)

    def test_one_that_the_server_closes_while_idle_is_lost_and_replaced(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1)
            bench.fall_due(1.0)
            bench.outcomes(1)
            server.loop.call_soon_threadsafe(server.connections[0].close)
            drive(bench.loop, lambda: not bench.load.connections_open)
            assert bench.window.totals.connections_lost == 1
            bench.fall_due(1.0)
            assert bench.outcomes(2) == {"ok": 2}


class TestOutcomes:
    def test_no_answer_within_the_limit_is_a_timeout(self, silent):
        silent.stop()
        silent.clock.forward(10.1)
        assert silent.outcomes(4) == {"read_timeout": 4}

    def test_whoever_waits_too_long_for_a_connection_gives_up(self, clock):
        with fakes.SilentServer() as server, Bench(server, clock) as bench:
            bench.offer(1, connections=1, timeout_s=5.0)
            bench.fall_due(3.0)
            bench.stop()
            clock.forward(10.0)
            found = bench.outcomes(3)
            assert sum(found.values()) == bench.totals.attempts == 3

    def test_what_is_under_way_or_waits_is_unfinished_at_the_end(self, clock):
        with fakes.SilentServer() as server, Bench(server, clock) as bench:
            bench.offer(1, connections=1)
            bench.fall_due(3.0)
            bench.load.finish()
            assert bench.totals.unfinished == bench.totals.attempts == 3
            assert bench.load.in_flight == 0

    def test_a_dead_server_refuses_all_that_waited(self, clock):
        with fakes.RefusingPort() as port, Bench(port, clock) as bench:
            bench.offer(1000, connections=2)
            bench.fall_due(5.0)
            bench.stop()
            assert bench.outcomes(5000) == {"refused": 5000}
            assert bench.load.in_flight == 0
