"""Virtual clients held against servers whose answers are known beforehand.

Every attempt has one outcome, and the server's own count is what they are held against.
Instants that a test waits for are those of a fake clock.
"""

from collections.abc import Iterator

import pytest

from labs.bench.contracts.loads import ClosedLoop
from labs.bench.generator.closed_loop import ClosedLoopLoad
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop
from labs.protocols.http1 import Http1
from tests import fakes
from tests.fakes import drive

SERVICE_S = 0.05


class Bench:
    """A loop, a window and virtual clients that ask one server."""

    def __init__(self, server, clock=None) -> None:
        self.clock = clock
        self.loop = EventLoop(clock) if clock else EventLoop()
        self.window = Window()
        parts = self.loop, server.address, Http1(), self.window, Sources()
        self.load = ClosedLoopLoad(LoadContext(*parts))
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

    def offer(self, clients: int, **settings) -> None:
        load = ClosedLoop(clients, **settings)
        self.load.apply(load, PhaseStart(self.tally))

    def come_home(self) -> None:
        """Ask nothing more and await every answer."""
        self.load.apply(None, PhaseStart(self.tally))
        drive(self.loop, lambda: not self.load.in_flight)

    def outcomes(self, number: int) -> dict[str, int]:
        """Let attempts end until there are so many."""
        drive(self.loop, lambda: self.totals.outcomes.total() >= number)
        return dict(+self.totals.outcomes)


@pytest.fixture
def clock():
    return fakes.FakeClock()


@pytest.fixture
def silent(clock) -> Iterator[Bench]:
    """Three clients, each of whose requests has reached a silent server."""
    with fakes.SilentServer() as server, Bench(server, clock) as bench:
        bench.offer(3, timeout_s=10.0)
        drive(bench.loop, lambda: server.requests == 3)
        yield bench


class TestLatency:
    def test_latency_runs_from_when_the_request_was_due(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1)
            clock.forward(2.0)  # before the connection could even be used
            bench.outcomes(1)
            assert bench.totals.latency.max_ms == 2000


class TestLoss:
    @pytest.mark.parametrize("every", [2, 5])
    def test_every_reset_is_counted_and_nothing_else(self, every):
        with fakes.ResettingServer(every) as server, Bench(server) as bench:
            bench.offer(4)
            bench.outcomes(60)
            bench.come_home()
            resets = server.requests // every
            answered = server.requests - resets
            assert bench.totals.outcomes == {"ok": answered, "reset": resets}
            assert bench.totals.attempts == server.requests
            assert bench.totals.latency.count == answered

    def test_every_status_of_failure_is_counted_and_nothing_else(self):
        answers = [fakes.OK, fakes.OK, fakes.UNAVAILABLE]
        with fakes.InTurnServer(*answers) as server, Bench(server) as bench:
            bench.offer(1)
            bench.outcomes(60)
            bench.come_home()
            failed = server.requests // 3
            answered = server.requests - failed
            assert bench.totals.outcomes == {"ok": answered, "http_error": failed}
            assert bench.totals.connections_opened == 1

    def test_errors_are_shown_in_the_tick(self):
        with fakes.ResettingServer(2) as server, Bench(server) as bench:
            bench.offer(1)
            drive(bench.loop, lambda: server.requests >= 4)
            bench.come_home()
            values = bench.window.take(0.5)
            resets = server.requests // 2
            assert values["errors_per_s"] * 0.5 == resets
            assert values["requests_per_s"] * 0.5 == server.requests - resets

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (fakes.NOT_HTTP, "http_error"),
            (fakes.OK + fakes.OK, "http_error"),
            (fakes.LAST_OK[:-1], "reset"),
            (fakes.LAST_OK[:9], "reset"),
            (b"", "reset"),
        ],
        ids=["no HTTP", "two answers", "body cut off", "head cut off", "no answer"],
    )
    def test_what_is_not_one_whole_answer_is_an_error(self, answer, outcome):
        with fakes.OneAnswerServer(answer) as server, Bench(server) as bench:
            bench.offer(2)
            assert set(bench.outcomes(4)) == {outcome}
            assert bench.totals.latency.count == 0


class TestRefusal:
    def test_it_is_an_outcome_and_not_tried_again_at_once(self, clock):
        with fakes.RefusingPort() as port, Bench(port, clock) as bench:
            bench.offer(3)
            assert bench.outcomes(3) == {"refused": 3}
            for _ in range(20):
                bench.loop.step(0)
            assert bench.totals.attempts == 3
            clock.forward(0.06)
            assert bench.outcomes(6) == {"refused": 6}
            assert bench.totals.connections_opened == 0


class TestDeadline:
    def test_a_silent_server_leaves_nothing_uncounted(self, silent, clock):
        clock.forward(10.1)
        assert silent.outcomes(3) == {"read_timeout": 3}
        assert silent.totals.attempts == 3
        assert silent.totals.unfinished == 0

    def test_nothing_ends_before_it(self, silent, clock):
        clock.forward(9.9)
        for _ in range(20):
            silent.loop.step(0)
        assert +silent.totals.outcomes == {}
        assert silent.load.in_flight == 3

    def test_whoever_gave_up_asks_again(self, silent, clock):
        clock.forward(10.1)
        silent.outcomes(3)
        clock.forward(0.06)
        drive(silent.loop, lambda: silent.load.in_flight == 3)
        assert silent.totals.attempts == 6

    def test_a_full_accept_queue_is_another_outcome(self, clock):
        with fakes.FullServer() as server, Bench(server, clock) as bench:
            bench.offer(3, timeout_s=10.0)
            bench.loop.step(0.01)
            clock.forward(10.1)
            assert bench.outcomes(3) == {"connect_timeout": 3}
            assert bench.totals.connections_opened == 0


class TestConnections:
    def test_one_is_used_again_and_again(self):
        with fakes.SteadyServer() as server, Bench(server) as bench:
            bench.offer(3)
            bench.outcomes(100)
            assert bench.totals.connections_opened == len(server.connections) == 3
            assert bench.load.in_flight == bench.load.connections_open == 3

    @pytest.mark.parametrize("answer", [fakes.LAST_OK, fakes.UNTIL_CLOSE])
    def test_one_that_the_server_closes_is_followed_by_another(self, answer):
        with fakes.OneAnswerServer(answer) as server, Bench(server) as bench:
            bench.offer(2)
            bench.outcomes(30)
            bench.come_home()
            totals = bench.totals
        assert totals.outcomes == {"ok": totals.attempts}
        assert totals.connections_opened == totals.attempts == server.requests
        ended = bench.window.totals
        assert ended.connections_announced == (
            totals.attempts if answer == fakes.LAST_OK else 0
        )
        assert ended.connections_lost == 0

    def test_one_that_is_cut_is_lost_and_was_asked_something(self):
        with fakes.ResettingServer(2) as server, Bench(server) as bench:
            bench.offer(1)
            bench.outcomes(10)
            bench.come_home()
            ended = bench.window.totals
            assert ended.connections_lost == bench.totals.outcomes["reset"] > 0
            assert ended.connections_idle_closed == ended.connections_announced == 0

    def test_without_keep_alive_each_request_has_its_own(self):
        with fakes.SteadyServer() as server, Bench(server) as bench:
            bench.offer(2, keep_alive=False)
            bench.outcomes(30)
            bench.come_home()
            totals = bench.totals
        assert totals.outcomes == {"ok": totals.attempts}
        assert totals.connections_opened == totals.attempts == len(server.connections)
        assert all(c.received.count(b"Connection: close") == 1 for c in _used(server))
        assert bench.window.totals.connections_announced == 0  # it was asked for


def _used(server: fakes.Server) -> list[fakes.Connection]:
    return [connection for connection in server.connections if connection.received]


class TestChange:
    def test_fewer_clients_let_their_answers_come_home(self):
        with fakes.SteadyServer(SERVICE_S) as server, Bench(server) as bench:
            bench.offer(4)
            drive(bench.loop, lambda: server.requests == 4)
            bench.offer(1)
            assert bench.load.in_flight == 4
            drive(bench.loop, lambda: server.gone == 3)
            bench.come_home()
            assert bench.totals.outcomes == {"ok": server.requests}
            assert len(server.connections) == 4

    def test_more_clients_join_those_that_are_there(self):
        with fakes.SteadyServer() as server, Bench(server) as bench:
            bench.offer(2)
            bench.outcomes(10)
            bench.offer(5)
            drive(bench.loop, lambda: bench.load.connections_open == 5)
            assert bench.totals.connections_opened == 5

    def test_what_began_in_one_phase_is_counted_there_whenever_it_ends(self):
        with fakes.SteadyServer(SERVICE_S) as server, Bench(server) as bench:
            bench.offer(4)
            drive(bench.loop, lambda: server.requests == 4)
            later = bench.window.new_tally(counted=True)
            bench.load.apply(None, PhaseStart(later))
            drive(bench.loop, lambda: not bench.load.in_flight)
            assert bench.totals.outcomes == {"ok": 4}
            assert (later.attempts, later.latency.count) == (0, 0)

    def test_what_is_unfinished_at_the_end_is_counted(self, silent):
        silent.load.finish()
        assert silent.totals.unfinished == silent.totals.attempts == 3
        assert +silent.totals.outcomes == {}
        assert silent.load.in_flight == 0

    def test_nothing_begins_after_the_end(self, clock):
        with fakes.RefusingPort() as port, Bench(port, clock) as bench:
            bench.offer(3)
            bench.outcomes(3)
            bench.load.finish()
            clock.forward(1.0)
            bench.loop.step(0)
            assert bench.totals.attempts == 3


class TestStarvation:
    def test_those_that_a_busy_pool_never_answers_are_counted(self):
        with fakes.FirstComeServer() as server, Bench(server) as bench:
            began_s = bench.loop.now()
            bench.offer(5)
            bench.outcomes(10)
            assert bench.load.starved_since(began_s) == 4

    def test_nobody_is_where_everybody_is_answered(self):
        with fakes.SteadyServer() as server, Bench(server) as bench:
            began_s = bench.loop.now()
            bench.offer(5)
            drive(bench.loop, lambda: not bench.load.starved_since(began_s))

    def test_answers_from_before_do_not_count(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(2)
            drive(bench.loop, lambda: not bench.load.starved_since(clock()))
            assert bench.load.starved_since(clock() + 0.1) == 2


class TestPause:
    def test_a_client_asks_again_when_its_pause_is_over(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1, think_s=2.0)
            bench.outcomes(1)
            clock.forward(1.9)
            bench.loop.step(0)
            assert bench.totals.attempts == 1
            clock.forward(0.1)
            bench.outcomes(2)

    def test_clients_begin_one_after_the_other_within_it(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(4, think_s=2.0)
            bench.outcomes(1)
            for number in (2, 3, 4):
                clock.forward(0.5)
                bench.outcomes(number)
            assert bench.totals.attempts == 4

    def test_the_pause_is_no_part_of_the_latency(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1, think_s=2.0)
            bench.outcomes(1)
            clock.forward(2.0)
            bench.outcomes(2)
            assert bench.totals.latency.max_ms == 0

    def test_a_connection_closed_in_it_is_lost_and_followed_by_another(self, clock):
        with fakes.SteadyServer() as server, Bench(server, clock) as bench:
            bench.offer(1, think_s=2.0)
            bench.outcomes(1)
            server.loop.call_soon_threadsafe(server.connections[0].close)
            drive(bench.loop, lambda: not bench.load.connections_open)
            totals = bench.window.totals
            assert (totals.connections_lost, totals.connections_idle_closed) == (1, 1)
            clock.forward(2.0)
            assert bench.outcomes(2) == {"ok": 2}


class TestPipeline:
    def test_so_many_are_asked_at_a_time_on_one_connection(self):
        with fakes.SteadyServer() as server, Bench(server) as bench:
            bench.offer(1, pipeline=4)
            bench.outcomes(40)
            bench.come_home()
            assert bench.totals.attempts == server.requests
            assert bench.totals.attempts % 4 == 0
            assert len(server.connections) == 1

    def test_failures_among_them_are_counted_one_by_one(self):
        answers = [fakes.OK, fakes.UNAVAILABLE, fakes.OK, fakes.OK]
        with fakes.InTurnServer(*answers) as server, Bench(server) as bench:
            bench.offer(1, pipeline=4)
            bench.outcomes(40)
            bench.come_home()
            failed = server.requests // 4
            found = {"ok": server.requests - failed, "http_error": failed}
            assert bench.totals.outcomes == found

    def test_a_reset_ends_all_of_them(self):
        with fakes.ResettingServer(1) as server, Bench(server) as bench:
            bench.offer(1, pipeline=4)
            outcomes = bench.outcomes(4)
            assert outcomes == {"reset": bench.totals.attempts}
