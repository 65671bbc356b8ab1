"""The honest client: its outcomes, its own schedule, and its own process."""

import math
import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from labs.bench.contracts.errors import BenchFault
from labs.bench.contracts.protocol import Operation
from labs.bench.contracts.scenario import ProbePlan
from labs.bench.net.event_loop import EventLoop
from labs.bench.probe.client import ProbeClient
from labs.bench.probe.process import LATE_S, Prober
from labs.protocols.http1 import Http1
from tests import fakes
from tests.fakes import drive


class Asking:
    """A prober on a loop with a fake clock: a probe every 0.2 s, 1 s for each."""

    def __init__(self, server, clock: fakes.FakeClock) -> None:
        self.clock, self.loop = clock, EventLoop(clock)
        orders = {"address": server.address, "interval_s": 0.2, "timeout_s": 1.0}
        orders["spread_s"] = 0.0
        orders["started_at_s"] = clock()
        self.prober = Prober(self.loop, orders, Http1())
        self.rows = self.prober.ended
        self.told: list[list] = []  # what was handed out

    def __enter__(self) -> "Asking":
        return self

    def __exit__(self, *error: object) -> None:
        self.prober.finish()
        self.loop.close()

    def until_ended(self, number: int) -> list[list]:
        drive(self.loop, lambda: len(self.rows) >= number)
        return self.rows

    def wait(self, seconds: float) -> None:
        """Let time pass in which it waits, as it does when it has its processor."""
        for _ in range(round(seconds / 0.02)):
            self.clock.forward(0.02)
            for _ in range(4):
                self.loop._ended_s = math.inf
                self.loop.step(0)
                self.told += self.prober.take()

    def forward(self, seconds: float) -> None:
        self.clock.forward(seconds)
        for _ in range(10):
            self.loop.step(0)


@pytest.fixture
def clock():
    return fakes.FakeClock()


class TestOutcome:
    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (fakes.LAST_OK, "ok"),
            (fakes.UNTIL_CLOSE, "ok"),
            (fakes.UNAVAILABLE, "http_error"),
            (fakes.NOT_HTTP, "http_error"),
            (b"", "reset"),
        ],
        ids=["sized", "until close", "503", "no HTTP", "nothing"],
    )
    def test_it_is_what_the_server_answered(self, clock, answer, outcome):
        with fakes.OneAnswerServer(answer) as server, Asking(server, clock) as asking:
            ((due_s, found, latency_ms),) = asking.until_ended(1)
        assert (due_s, found) == (0.0, outcome)
        assert (latency_ms is not None) == (outcome == "ok")

    @pytest.mark.parametrize("length", [9, len(fakes.LAST_OK) - 1])
    def test_an_answer_cut_off_is_the_same_as_for_the_load(self, clock, length):
        server = fakes.OneAnswerServer(fakes.LAST_OK[:length])
        with server, Asking(server, clock) as asking:
            assert asking.until_ended(1) == [[0.0, "reset", None]]

    def test_a_reset_is_one(self, clock):
        with fakes.ResettingServer() as server, Asking(server, clock) as asking:
            assert asking.until_ended(1) == [[0.0, "reset", None]]

    def test_a_refusal_is_one(self, clock):
        with fakes.RefusingPort() as port, Asking(port, clock) as asking:
            assert asking.until_ended(1) == [[0.0, "refused", None]]

    def test_silence_is_a_timeout_of_reading(self, clock):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            drive(asking.loop, lambda: server.requests == 1)
            asking.forward(0.99)
            assert asking.rows == []
            asking.forward(0.02)
            assert asking.rows == [[0.0, "read_timeout", None]]

    def test_a_full_accept_queue_is_a_timeout_of_connecting(self, clock):
        with fakes.FullServer() as server, Asking(server, clock) as asking:
            asking.forward(0)
            asking.forward(1.01)
            assert asking.rows == [[0.0, "connect_timeout", None]]

    def test_what_is_under_way_at_the_end_is_unfinished(self, clock):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            asking.forward(0.45)
            drive(asking.loop, lambda: server.requests == 3)
            asking.prober.finish()
            expected = [[due_s, "unfinished", None] for due_s in (0.0, 0.2, 0.4)]
            assert asking.rows == expected
            asking.forward(1.0)
            server.catch_up()
            assert (asking.rows, server.requests) == (expected, 3)


class TestSchedule:
    def test_probes_go_out_whatever_became_of_others(self, clock):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            for _ in range(4):
                asking.forward(0.2)
            drive(asking.loop, lambda: server.requests == 5)
            assert asking.rows == []

    def test_one_that_is_late_is_due_when_it_was(self, clock):
        with fakes.SteadyServer() as server, Asking(server, clock) as asking:
            asking.until_ended(1)
            asking.clock.forward(0.75)
            rows = asking.until_ended(4)
        assert sorted(row[0] for row in rows) == [0.0, 0.2, 0.4, 0.6]
        # To be late is part of what a client would have felt.
        late_ms = {due_s: latency_ms for due_s, _, latency_ms in rows}
        assert late_ms == {0.0: 0.0, 0.2: 550.0, 0.4: 350.0, 0.6: 150.0}

    def test_each_has_a_connection_of_its_own(self, clock):
        with fakes.SteadyServer() as server, Asking(server, clock) as asking:
            for number in range(1, 4):
                asking.until_ended(number)
                asking.forward(0.2)
            drive(asking.loop, lambda: server.requests == 4)
            requests = [c.received for c in server.connections]
        assert requests == [Http1().request(Operation("ping"), keep_alive=False)] * 4


class TestAbsence:
    """While the prober has no processor it sees nothing, and says so."""

    def test_what_it_was_too_late_for_is_not_the_server_s(self, clock):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            asking.wait(0.1)
            asking.clock.forward(2.5)  # it is stopped
            asking.loop.step(0)
            asking.told += asking.prober.take()
            asking.wait(0.02)
        late = {row[0]: row[1:] for row in asking.told}
        assert set(late) >= {0.0, 0.2, 1.4}
        for outcome, latency_ms, late_ms in late.values():
            assert (outcome, latency_ms) == ("unfinished", None)
            assert late_ms > 1000 * LATE_S
        assert late[0.0][2] == pytest.approx(2500, abs=30)

    def test_what_it_waited_for_is(self, clock):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            asking.wait(1.3)
        assert asking.told[:2] == [
            [0.0, "read_timeout", None],
            [0.2, "read_timeout", None],
        ]

    @pytest.mark.parametrize(
        "away_s, outcome", [(0.04, "read_timeout"), (0.08, "unfinished")]
    )
    def test_a_moment_decides_nothing(self, clock, away_s, outcome):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            asking.wait(0.5)
            asking.clock.forward(away_s)
            asking.loop.step(0)
            asking.told += asking.prober.take()
            asking.wait(0.6)
        assert asking.told[0][:2] == [0.0, outcome]

    def test_what_is_due_afterwards_counts(self, clock):
        with fakes.SilentServer() as server, Asking(server, clock) as asking:
            asking.wait(0.02)
            asking.clock.forward(0.5)
            asking.loop.step(0)
            asking.told += asking.prober.take()
            asking.wait(1.3)
        ends = {row[0]: row[1] for row in asking.told}
        assert (ends[0.4], ends[0.6]) == ("unfinished", "read_timeout")


class Child:
    """A probe in a process of its own, and the runner's side of it."""

    def __init__(self, server, interval_s: float, timeout_s: float) -> None:
        self.loop, self.rows = EventLoop(), []
        plan = ProbePlan(interval_s, timeout_s)
        self.began_s = self.loop.now()
        self.client = ProbeClient(
            self.loop, plan, server.endpoint, Http1(), self.began_s
        )

    def __enter__(self) -> "Child":
        before = children()
        self.client.start()
        (self.pid,) = children() - before
        return self

    def __exit__(self, *error: object) -> None:
        self.client.stop()
        self.loop.close()

    def until_ended(self, number: int) -> list[list]:
        def enough() -> bool:
            self.rows += self.client.take()
            return len(self.rows) >= number

        drive(self.loop, enough)
        return self.rows


def children() -> set[int]:
    """Return the processes that this thread has started and not waited for."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return set(map(int, listed.split()))


def outcomes(rows: list[list]) -> set[str]:
    return {row[1] for row in rows}


@pytest.fixture
def steady() -> Iterator[Child]:
    with fakes.SteadyServer() as server, Child(server, 0.05, 1.0) as child:
        yield child


class TestProcess:
    def test_it_is_another_one_and_ends_when_it_is_told_to(self, steady):
        steady.until_ended(1)
        assert steady.pid in children()
        steady.client.stop()
        assert steady.pid not in children()

    def test_it_reports_good_answers(self, steady):
        rows = steady.until_ended(3)
        assert outcomes(rows) == {"ok"}
        assert all(latency_ms > 0 for _, _, latency_ms in rows)

    def test_it_reports_refusals(self):
        with fakes.RefusingPort() as port, Child(port, 0.05, 1.0) as child:
            assert outcomes(child.until_ended(3)) == {"refused"}

    def test_it_reports_silence_and_what_it_still_awaits(self):
        with fakes.SilentServer() as server, Child(server, 0.05, 0.2) as child:
            assert outcomes(child.until_ended(3)) == {"read_timeout"}
            rest = child.client.stop()
            assert "unfinished" in outcomes(rest)
            assert outcomes(rest) <= {"unfinished", "read_timeout"}
            assert len(child.rows) + len(rest) >= server.requests

    def test_it_keeps_its_schedule_while_the_runner_does_not_look(self, steady):
        steady.until_ended(1)
        time.sleep(0.4)
        rows = steady.until_ended(9)
        for earlier, later in pairwise(sorted(row[0] for row in rows)):
            assert later - earlier == pytest.approx(0.05, abs=0.0002)

    def test_instants_count_from_the_beginning_of_the_run(self, steady):
        ((due_s, _, latency_ms), *_) = steady.until_ended(1)
        now_s = steady.loop.now() - steady.began_s
        assert 0 < due_s < due_s + latency_ms / 1000 <= now_s

    def test_each_row_is_handed_out_once(self, steady):
        steady.until_ended(3)
        rows = steady.rows + steady.client.stop()
        dues_s = [due_s for due_s, _, _ in rows]
        assert len(set(dues_s)) == len(dues_s)
        assert steady.client.stop() == []

    def test_its_death_does_not_keep_the_loop_busy(self, steady):
        steady.until_ended(1)
        os.kill(steady.pid, signal.SIGKILL)
        over = []
        steady.loop.at(steady.loop.now() + 0.3, lambda: over.append(1))
        steps = 0
        while not over:
            steady.loop.step(1.0)
            steps += 1
        assert steps < 50
        steady.client.stop()
        assert steady.pid not in children()

    def test_its_death_is_a_fault_of_ours_and_not_an_observation(self, steady):
        steady.client.check()
        os.kill(steady.pid, signal.SIGKILL)
        os.waitid(os.P_PID, steady.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(BenchFault, match="The probe ended by itself, with status"):
            steady.client.check()
