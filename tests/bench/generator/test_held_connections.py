"""Held connections that never finish: what is counted of them, by a moved clock."""

from collections.abc import Iterator

import pytest

from labs.bench.contracts.loads import Held, SlowHeads
from labs.bench.generator.held_load import HeldLoad
from labs.bench.generator.load_part import LoadContext, PhaseStart
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop
from labs.protocols.http1 import Http1
from tests import fakes
from tests.fakes import drive

HEAD = Http1().slow_head()
COME_AGAIN_S, CONNECT_LIMIT_S = 1.0, 3.0  # as docs and pages say


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

    def aim(self, connections: int, interval_s: float = 5.0) -> None:
        self.offer(SlowHeads(connections, interval_s))

    def until(self, **wanted: int) -> None:
        """Work until these numbers are what they should be."""
        drive(self.loop, lambda: wanted.items() <= self.values().items())

    def values(self) -> dict[str, float | None]:
        values = self.load.values()
        return {name.removeprefix("slow_"): value for name, value in values.items()}

    def forward(self, seconds: float) -> None:
        """Move the clock, and let what is due happen."""
        self.clock.forward(seconds)
        for _ in range(10):
            self.loop.step(0)

    def dismiss(self, number: int) -> None:
        """Have the server close its connection `number`."""
        self.server.catch_up()
        self.server.dismiss(number)
        self.until(closed=1)

    def received(self, number: int, text: bytes) -> None:
        """Check all that the server's connection `number` has received by now."""
        self.server.catch_up()
        assert self.server.connections[number].received == text


def head_with(pieces: int) -> bytes:
    return HEAD + b"".join(map(Http1().slow_piece, range(1, pieces + 1)))


@pytest.fixture
def clock():
    return fakes.FakeClock()


@pytest.fixture
def silent(clock) -> Iterator[Attack]:
    with fakes.SilentServer() as server, Attack(server, clock) as attack:
        yield attack


@pytest.fixture
def dismissing(clock) -> Iterator[Attack]:
    with fakes.DismissingServer() as server, Attack(server, clock) as attack:
        yield attack


class TestHolding:
    def test_every_connection_is_opened_and_held(self, silent):
        silent.aim(20)
        silent.until(held=20)
        drive(silent.loop, lambda: len(silent.server.connections) == 20)
        assert silent.values() == {
            "target": 20,
            "held": 20,
            "connecting": 0,
            "opened": 20,
            "refused": 0,
            "closed": 0,
        }
        assert silent.window.totals.connections_opened == 20
        assert silent.server.requests == 0

    def test_more_than_a_batch_is_opened_too(self, silent):
        silent.aim(600)
        silent.until(held=600, connecting=0)

    def test_a_higher_number_opens_the_difference(self, silent):
        silent.aim(3)
        silent.until(held=3)
        silent.aim(7)
        silent.until(held=7)
        assert silent.values()["opened"] == 7

    def test_a_lower_number_closes_the_difference_and_blames_nobody(self, silent):
        silent.aim(7)
        silent.until(held=7)
        silent.aim(3)
        drive(silent.loop, lambda: silent.server.gone == 4)
        values = silent.values()
        assert (values["held"], values["closed"], values["refused"]) == (3, 0, 0)

    def test_whoever_is_taken_off_before_connecting_never_does(self, silent):
        silent.aim(7)
        silent.aim(3)
        silent.until(held=3)
        silent.forward(5.0)
        assert silent.values()["opened"] == 3

    def test_the_most_that_were_held_is_remembered(self, silent):
        for number in (2, 6, 1):
            silent.aim(number)
            silent.until(held=number)
        assert silent.window.totals.slow_held_max == 6

    def test_the_end_closes_all_of_them(self, silent):
        silent.aim(5)
        silent.until(held=5)
        silent.load.finish()
        drive(silent.loop, lambda: silent.server.gone == 5)
        silent.forward(60.0)
        values = silent.values()
        assert (values["target"], values["held"], values["opened"]) == (0, 0, 5)
        assert values["closed"] == 0


class TestDripping:
    def test_a_head_is_begun_and_one_line_follows_every_interval(self, silent):
        silent.aim(2, interval_s=5.0)
        silent.until(held=2)
        for pieces in range(4):
            silent.received(0, head_with(pieces))
            silent.received(1, head_with(pieces))
            silent.forward(5.0)

    def test_no_line_comes_before_its_time(self, silent):
        silent.aim(1, interval_s=5.0)
        silent.until(held=1)
        silent.forward(4.9)
        silent.received(0, head_with(0))
        silent.forward(0.2)
        silent.received(0, head_with(1))

    def test_each_connection_has_its_own_time(self, silent):
        silent.aim(1, interval_s=5.0)
        silent.until(held=1)
        silent.forward(3.0)
        silent.aim(2, interval_s=5.0)
        silent.until(held=2)
        silent.forward(2.0)
        silent.received(0, head_with(1))
        silent.received(1, head_with(0))
        silent.forward(3.0)
        silent.received(1, head_with(1))

    def test_one_that_came_again_begins_anew_and_at_the_same_pace(self, dismissing):
        dismissing.aim(1, interval_s=5.0)
        dismissing.until(held=1)
        dismissing.forward(6.0)
        dismissing.received(0, head_with(1))
        dismissing.dismiss(0)
        dismissing.forward(COME_AGAIN_S)
        dismissing.until(held=1)
        dismissing.forward(4.5)  # beyond when the first one's line was due
        dismissing.received(1, head_with(0))
        dismissing.forward(1.0)
        dismissing.received(1, head_with(1))


class TestClosing:
    def test_a_server_that_loses_patience_is_seen_to(self, clock):
        with fakes.ImpatientServer(0.1) as server, Attack(server, clock) as attack:
            attack.aim(6)
            attack.until(opened=6)
            attack.until(closed=6)
            assert attack.values() == {
                "target": 6,
                "held": 0,
                "connecting": 0,
                "opened": 6,
                "refused": 0,
                "closed": 6,
            }

    def test_they_come_again_after_a_second_and_not_before(self, clock):
        with fakes.ImpatientServer(0.1) as server, Attack(server, clock) as attack:
            attack.aim(6)
            attack.until(closed=6)
            attack.forward(0.9 * COME_AGAIN_S)
            assert attack.values()["opened"] == 6
            attack.forward(0.2 * COME_AGAIN_S)
            attack.until(opened=12)
            attack.until(closed=12)
            assert len(server.connections) == 12

    def test_those_that_were_taken_off_do_not_come_again(self, clock):
        with fakes.ImpatientServer(0.1) as server, Attack(server, clock) as attack:
            attack.aim(6)
            attack.until(closed=6)
            attack.aim(2)
            attack.forward(2 * COME_AGAIN_S)
            attack.until(opened=8)
            attack.until(closed=8)
            assert len(server.connections) == 8

    @pytest.mark.parametrize("answer", [fakes.UNAVAILABLE, b""])
    def test_an_answer_before_the_end_changes_nothing(self, clock, answer):
        class Dismissive(fakes.Server):
            def opened(self, connection: fakes.Connection) -> None:
                connection.send(answer)
                connection.close()

        with Dismissive() as server, Attack(server, clock) as attack:
            attack.aim(4)
            attack.until(closed=4)
            assert attack.values()["opened"] == 4

    def test_an_answer_without_an_end_leaves_it_held(self, clock):
        class Talkative(fakes.Server):
            def opened(self, connection: fakes.Connection) -> None:
                connection.send(fakes.UNAVAILABLE)

        with Talkative() as server, Attack(server, clock) as attack:
            attack.aim(4)
            attack.until(held=4)
            drive(attack.loop, lambda: len(server.connections) == 4)
            attack.forward(1.0)
            assert attack.values()["held"] == 4

    def test_a_reset_is_a_closed_connection_too(self, clock):
        class ResettingAtOnce(fakes.Server):
            def opened(self, connection: fakes.Connection) -> None:
                self.loop.call_later(0.05, connection.reset)

        with ResettingAtOnce() as server, Attack(server, clock) as attack:
            attack.aim(4)
            attack.until(closed=4)
            assert attack.values()["refused"] == 0


class TestRefusal:
    def test_whoever_is_refused_is_counted_and_comes_again(self, clock):
        with fakes.RefusingPort() as port, Attack(port, clock) as attack:
            attack.aim(4)
            attack.until(refused=4, connecting=0)
            attack.forward(0.9 * COME_AGAIN_S)
            assert attack.values()["refused"] == 4
            attack.forward(0.2 * COME_AGAIN_S)
            attack.until(refused=8)
            assert attack.values()["opened"] == attack.values()["closed"] == 0

    def test_whoever_gets_no_answer_is_given_three_seconds(self, clock):
        with fakes.FullServer() as server, Attack(server, clock) as attack:
            attack.aim(4)
            attack.until(connecting=4)
            attack.forward(CONNECT_LIMIT_S - 0.1)
            assert attack.values()["connecting"] == 4
            attack.forward(0.2)
            attack.until(refused=4)
            values = attack.values()
            assert (values["connecting"], values["held"], values["opened"]) == (0, 0, 0)

    def test_to_stop_while_connecting_is_not_a_refusal(self, clock):
        with fakes.FullServer() as server, Attack(server, clock) as attack:
            attack.aim(4)
            attack.until(connecting=4)
            attack.offer(None)
            attack.forward(10.0)
            values = attack.values()
            assert (values["connecting"], values["refused"]) == (0, 0)
