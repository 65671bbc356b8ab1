"""What held connections of each kind say and hear, by a clock that is moved."""

from collections.abc import Iterator

import pytest

from labs.bench.contracts.loads import (
    Held,
    IdleConnections,
    SlowBodies,
    SlowHeads,
    SlowReads,
)
from labs.bench.generator.held_load import HeldLoad
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop
from labs.protocols.fastcgi import FastCgi
from labs.protocols.http1 import Http1
from labs.protocols.resp import Resp
from tests import fakes
from tests.fakes import drive


class Attack:
    """A loop with a fake clock, and connections held at one server."""

    def __init__(self, server, clock: fakes.FakeClock) -> None:
        self.server, self.clock, self.loop = server, clock, EventLoop(clock)
        self.window = Window()
        parts = self.loop, server.address, Http1(), self.window, Sources()
        self.load = HeldLoad(LoadContext(*parts))

    def __enter__(self) -> "Attack":
        return self

    def offer(self, load: Held | None) -> None:
        self.load.apply(load, PhaseStart(Tally(counted=False)))

    def __exit__(self, *error: object) -> None:
        self.load.finish()
        self.loop.close()

    def until(self, **wanted: int) -> None:
        """Work until these numbers are what they should be."""
        named = {f"slow_{name}": value for name, value in wanted.items()}
        drive(self.loop, lambda: named.items() <= self.load.values().items())

    def forward(self, seconds: float) -> None:
        """Move the clock, and let what is due happen."""
        self.clock.forward(seconds)
        for _ in range(10):
            self.loop.step(0)

    def received(self, number: int = 0) -> bytes:
        """Return what the server's connection `number` has received by now."""
        drive(self.loop, lambda: len(self.server.connections) > number)
        self.server.catch_up()
        return self.server.connections[number].received


@pytest.fixture
def clock():
    return fakes.FakeClock()


@pytest.fixture
def silent(clock) -> Iterator[Attack]:
    with fakes.SilentServer() as server, Attack(server, clock) as attack:
        yield attack


@pytest.fixture
def steady(clock) -> Iterator[Attack]:
    with fakes.SteadyServer() as server, Attack(server, clock) as attack:
        yield attack


class TestSlowBodies:
    def test_the_head_is_whole_and_a_byte_follows_every_interval(self, silent):
        silent.offer(SlowBodies(1, interval_s=5.0, body_bytes=100))
        silent.until(held=1)
        head = Http1().slow_body(100)
        assert head.endswith(b"\r\n\r\n") and b"Content-Length: 100\r\n" in head
        for pieces in range(3):
            assert silent.received() == head + b"x" * pieces
            silent.forward(5.0)

    def test_a_body_that_is_complete_gets_no_more(self, silent):
        silent.offer(SlowBodies(1, interval_s=5.0, body_bytes=2))
        silent.until(held=1)
        for _ in range(4):
            silent.forward(5.0)
        assert silent.received() == Http1().slow_body(2) + b"xx"


class Verbose(fakes.Server):
    """Answers each request with more than any buffer takes."""

    BODY = 64 * 1024 * 1024

    def asked(self, connection: fakes.Connection) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.BODY
        connection.send(head + bytes(self.BODY))


def _unsent(server: fakes.Server) -> list[int]:
    """Return how many bytes the server has in hand for each connection."""
    return [c.transport.get_write_buffer_size() for c in server.connections]


class TestSlowReads:
    def test_most_of_the_answer_stays_in_the_server(self, clock):
        with Verbose() as server, Attack(server, clock) as attack:
            attack.offer(SlowReads(2, interval_s=5.0, answer_bytes=Verbose.BODY))
            attack.until(held=2)
            drive(attack.loop, lambda: server.requests == 2)
            for _ in range(3):
                attack.forward(5.0)
            assert attack.load.values()["slow_held"] == 2
            drive(attack.loop, lambda: min(_unsent(server)) > Verbose.BODY / 2)

    def test_a_server_that_resets_is_seen_to(self, clock):
        with Verbose() as server, Attack(server, clock) as attack:
            attack.offer(SlowReads(1, interval_s=5.0))
            attack.until(held=1)
            drive(attack.loop, lambda: server.requests == 1)
            server.loop.call_soon_threadsafe(server.connections[0].reset)
            attack.until(closed=1)


class TestIdle:
    def test_after_one_answer_nothing_is_said(self, steady):
        steady.offer(IdleConnections(3))
        steady.until(held=3)
        drive(steady.loop, lambda: steady.server.requests == 3)
        steady.forward(60.0)
        assert steady.server.requests == 3
        assert steady.load.values()["slow_held"] == 3

    def test_one_may_never_say_a_word(self, silent):
        silent.offer(IdleConnections(2, ask_first=False))
        silent.until(held=2)
        silent.forward(60.0)
        assert silent.received(0) == silent.received(1) == b""

    def test_an_answer_that_announces_the_end_is_one(self, clock):
        last = fakes.OneAnswerServer(fakes.LAST_OK)
        with last as server, Attack(server, clock) as attack:
            attack.offer(IdleConnections(2))
            attack.until(opened=2, closed=2)

    def test_a_keep_alive_that_runs_out_brings_it_back(self, clock):
        with fakes.DismissingServer() as server, Attack(server, clock) as attack:
            attack.offer(IdleConnections(1, ask_first=False))
            attack.until(held=1)
            attack.received(0)
            server.dismiss(0)
            attack.until(closed=1)
            attack.forward(1.0)
            attack.until(held=1, opened=2)


class TestChange:
    def test_another_kind_is_opened_in_place_of_the_one_before(self, silent):
        silent.offer(SlowHeads(3))
        silent.until(held=3)
        silent.offer(SlowBodies(2))
        drive(silent.loop, lambda: silent.server.gone == 3)
        silent.until(held=2, opened=5, closed=0)

    def test_another_interval_counts_from_then_on(self, silent):
        silent.offer(SlowHeads(1, interval_s=60.0))
        silent.until(held=1)
        silent.offer(SlowHeads(1, interval_s=2.0))
        silent.forward(2.0)
        assert silent.received() == Http1().slow_head() + Http1().slow_piece(1)


class TestProtocols:
    def test_a_body_over_fastcgi_is_a_stream_that_never_ends(self):
        protocol = FastCgi()
        assert b"CONTENT_LENGTH" in protocol.slow_body(100)
        assert b"POST" in protocol.slow_body(100)
        assert protocol.slow_body_piece(1)[-1:] == b"x"

    def test_who_cannot_says_why(self):
        assert "slow_body" not in Resp.abilities
        assert Resp.not_applicable["slow_body"].endswith(".")
        with pytest.raises(NotImplementedError):
            Resp().slow_body(1)
