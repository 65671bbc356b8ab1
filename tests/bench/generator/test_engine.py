"""The engine as a run uses it: loads follow each other, and the totals add up."""

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.loads import ClosedLoop, SlowHeads
from labs.bench.generator.engine import Engine
from labs.bench.generator.phase_counts import Tally
from labs.bench.net import client_sockets
from labs.bench.net.event_loop import EventLoop
from labs.protocols.http1 import Http1
from tests import fakes
from tests.fakes import drive, drive_for

SERVICE_S = 0.1


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    loop = EventLoop()
    yield loop
    loop.close()


@pytest.fixture
def server() -> Iterator[fakes.SteadyServer]:
    with fakes.SteadyServer(0.01) as server:
        yield server


@pytest.fixture
def engine(loop, server) -> Iterator[Engine]:
    engine = Engine(loop, server.endpoint, Http1())
    yield engine
    engine.finish()


@contextmanager
def asking(loop: EventLoop, server: fakes.Server) -> Iterator[Engine]:
    """An engine that is closed in the end."""
    engine = Engine(loop, server.endpoint, Http1())
    yield engine
    engine.finish()


def ok(tally: Tally) -> int:
    """Settle what was answered and return how many there are."""
    tally.settle()
    return tally.outcomes["ok"]


def sample_in_flight(loop: EventLoop, engine: Engine, every_s: float) -> list[int]:
    samples = []

    def look() -> None:
        samples.append(engine.in_flight)
        loop.at(loop.now() + every_s, look)

    look()
    return samples


def come_home(loop: EventLoop, engine: Engine) -> None:
    engine.begin_phase(None)
    drive(loop, lambda: not engine.in_flight)


class TestCalibration:
    """Where the answer is known beforehand, with a generous tolerance."""

    @pytest.mark.parametrize("clients", [1, 10])
    def test_a_rate_is_the_clients_over_the_service_time(self, loop, clients):
        with fakes.SteadyServer(SERVICE_S) as server, asking(loop, server) as engine:
            engine.begin_phase(ClosedLoop(clients))
            began_s = loop.now()
            drive_for(loop, 10.5 * SERVICE_S)
            rate = engine.take_window(loop.now() - began_s)["requests_per_s"]
        assert rate == pytest.approx(clients / SERVICE_S, rel=0.3)

    def test_every_latency_has_the_service_time_in_it(self, loop):
        with fakes.SteadyServer(SERVICE_S) as server, asking(loop, server) as engine:
            tally = engine.begin_phase(ClosedLoop(5), counted=True)
            drive(loop, lambda: ok(tally) >= 20)
            latency = tally.latency
        assert latency.percentile_us(0) >= 1e6 * SERVICE_S * (1 - 1 / 2048)
        assert latency.percentile_ms(50) == pytest.approx(1000 * SERVICE_S, rel=0.3)

    def test_littles_law_holds(self, loop):
        # Clients rest after a reset, so that fewer ask at a time than there are.
        server = fakes.ResettingServer(2, SERVICE_S)
        with server, asking(loop, server) as engine:
            samples = sample_in_flight(loop, engine, every_s=0.005)
            tally = engine.begin_phase(ClosedLoop(10), counted=True)
            began_s = loop.now()
            drive_for(loop, 1.0)
            answers_per_s = engine.take_window(loop.now() - began_s)["requests_per_s"]
            busy = answers_per_s * tally.latency.mean_ms / 1000
        in_flight = sum(samples) / len(samples)
        assert in_flight < 9
        assert busy == pytest.approx(in_flight, rel=0.3)

    def test_a_known_loss_is_found_exactly(self, loop):
        with fakes.ResettingServer(4) as server, asking(loop, server) as engine:
            tally = engine.begin_phase(ClosedLoop(4), counted=True)
            drive(loop, lambda: server.requests >= 80)
            come_home(loop, engine)
            lost = server.requests // 4
            assert ok(tally) == server.requests - lost
            assert tally.outcomes["reset"] == tally.errors == lost


class TestPhases:
    def test_each_is_counted_apart(self, loop, engine, server):
        first = engine.begin_phase(ClosedLoop(4), counted=True)
        drive(loop, lambda: server.requests >= 8)
        second = engine.begin_phase(ClosedLoop(2), counted=True)
        drive(loop, lambda: server.requests >= 40)
        come_home(loop, engine)
        assert first.attempts + second.attempts == server.requests
        assert ok(first) == first.attempts >= 4
        assert ok(second) == second.attempts > 0

    def test_the_tick_shows_what_no_phase_counts(self, loop, engine):
        warm_up = engine.begin_phase(ClosedLoop(4))
        drive_for(loop, 0.1)
        assert engine.take_window(0.1)["requests_per_s"] > 0
        assert not warm_up.counted

    def test_an_end_without_coming_home_leaves_unfinished_ones(self, loop, engine):
        tally = engine.begin_phase(ClosedLoop(4), counted=True)
        drive(loop, lambda: ok(tally) >= 4)
        engine.finish()
        assert tally.unfinished == 4
        assert tally.attempts == ok(tally) + tally.unfinished

    def test_one_load_makes_place_for_the_other(self, loop, engine):
        engine.begin_phase(ClosedLoop(3))
        drive(loop, lambda: engine.take_window(1.0)["connections_open"] == 3)
        engine.begin_phase(SlowHeads(5))
        drive(loop, lambda: engine.take_window(1.0)["slow_held"] == 5)
        drive(loop, lambda: engine.take_window(1.0)["connections_open"] == 0)
        engine.begin_phase(ClosedLoop(2))
        assert engine.take_window(1.0)["slow_held"] == 0
        drive(loop, lambda: engine.take_window(1.0)["connections_open"] == 2)

    def test_no_load_is_no_load(self, loop, engine, server):
        engine.begin_phase(None)
        drive_for(loop, 0.02)
        assert server.connections == []
        assert engine.in_flight == 0

    def test_the_end_closes_every_connection(self, loop, engine, server):
        engine.begin_phase(SlowHeads(5))
        drive(loop, lambda: len(server.connections) == 5)
        engine.finish()
        engine.finish()
        drive(loop, lambda: server.gone == 5)


class TestNumbers:
    def test_every_documented_name_is_there(self, engine):
        assert set(engine.take_window(0.2)) == set(
            "requests_per_s errors_per_s latency_p50_ms latency_p90_ms latency_p99_ms "
            "latency_max_ms in_flight connections_open slow_target slow_held "
            "slow_connecting slow_opened slow_refused slow_closed offered_per_s "
            "send_delay_ms connections_lost connections_idle_closed "
            "connections_announced waiting_to_send".split()
        )

    def test_slow_and_fast_connections_are_counted_together(self, loop, engine, server):
        engine.begin_phase(ClosedLoop(2))
        drive(loop, lambda: engine.totals.connections_opened == 2)
        engine.begin_phase(SlowHeads(3))
        drive(loop, lambda: engine.totals.slow_opened == 3)
        assert engine.totals.connections_opened == 5

    def test_whoever_is_not_answered_starves(self, loop):
        with fakes.SilentServer() as silent:
            engine = Engine(loop, silent.endpoint, Http1())
            began_s = loop.now()
            engine.begin_phase(ClosedLoop(3))
            drive(loop, lambda: silent.requests == 3)
            assert engine.starved_since(began_s) == 3
            engine.finish()


@contextmanager
def open_files(number: int) -> Iterator[int]:
    """Allow so many open files, and give the hard limit."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, limits[1]))
    try:
        yield limits[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class TestHostLimits:
    @pytest.mark.parametrize("load", [ClosedLoop(10**9), SlowHeads(10**9)])
    def test_more_than_the_host_allows_is_refused_at_once(self, engine, server, load):
        with pytest.raises(BenchFault, match="connections need") as caught:
            engine.begin_phase(load)
        assert caught.value.reason is Reason.HOST_LIMIT
        assert server.connections == []

    def test_room_is_made_where_the_host_allows_it(self):
        with open_files(300) as hard:
            client_sockets.allow_connections(400)
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (464, hard)

    def test_a_higher_limit_is_left_as_it_is(self):
        with open_files(300) as hard:
            client_sockets.allow_connections(236)
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (300, hard)

    def test_to_run_out_of_files_is_our_fault_and_no_outcome(self):
        words = "ran out of open files"
        with pytest.raises(BenchFault, match=words) as caught, open_files(1):
            client_sockets.open_socket(("127.0.0.1", 1))
        assert caught.value.reason is Reason.HOST_LIMIT


class TestConnecting:
    def test_to_close_what_was_never_watched_is_harmless(self, loop):
        sock = socket.socket()
        client_sockets.close_socket(loop, sock)
        assert sock.fileno() == -1
