"""Servers whose latencies are known, by arithmetic or by theory: what is read of them.

In lockstep: the sockets are real, the time is not, so that nothing depends on how busy
the machine is. In real time, on a machine with nothing else to do: `test_real_time`.
"""

from __future__ import annotations

import pytest

from labs.bench.contracts.loads import CONSTANT, ClosedLoop, OpenLoop
from labs.bench.generator.phase_counts import Tally
from tests.calibration import theory
from tests.calibration.fakes import Dropping, Freezing, Queueing, Steady
from tests.calibration.lockstep import lockstep

LOADS = [ClosedLoop(10), OpenLoop(400.0), OpenLoop(400.0, arrivals=CONSTANT)]
every_load = pytest.mark.parametrize("load", LOADS, ids=["closed", "poisson", "even"])


def percentile_s(tally: Tally, percent: float) -> float:
    return tally.latency.percentile_us(percent) / 1e6


class TestServiceTime:
    @every_load
    def test_ten_milliseconds_read_as_ten(self, load):
        with lockstep(Steady, service_s=0.010) as world:
            tally = world.measure(load, 2.0)
        assert tally.outcomes["ok"] == tally.attempts > 500
        for percent in (50, 99):
            found_ms = tally.latency.percentile_ms(percent)
            assert found_ms == pytest.approx(10.0, abs=0.5)
        # And nearer than that: only what a bucket of the histogram is wide is lost.
        assert tally.latency.percentile_ms(0) >= 10 * (1 - 1 / 2048) - 0.001
        assert tally.latency.max_ms <= 10.001

    def test_a_closed_loop_asks_as_often_as_it_is_answered(self):
        with lockstep(Steady, service_s=0.010) as world:
            tally = world.measure(ClosedLoop(10), 2.0)
        assert tally.attempts == pytest.approx(10 * 2.0 / 0.010, abs=10)

    def test_pauses_are_no_latency(self):
        with lockstep(Steady, service_s=0.010) as world:
            tally = world.measure(ClosedLoop(10, think_s=0.040), 2.0)
        assert tally.attempts == pytest.approx(10 * 2.0 / 0.050, abs=10)
        assert tally.latency.max_ms <= 10.001

    def test_who_waits_for_a_connection_waits_since_the_request_was_due(self):
        # One connection, and a request every 5 ms that takes 10: each waits 5 ms more.
        load = OpenLoop(200.0, arrivals=CONSTANT, connections=1)
        with lockstep(Steady, service_s=0.010) as world:
            tally = world.measure(load, 1.0025)
        assert tally.attempts == 200
        expected_ms = [10 + 5 * before for before in range(200)]
        for percent in (0.5, 10, 50, 90, 100):
            rank = max(1, round(200 * percent / 100))
            found_ms = tally.latency.percentile_ms(percent)
            assert found_ms == pytest.approx(expected_ms[rank - 1], rel=1 / 1024)
        assert tally.send_delay.max_ms == pytest.approx(5 * 199, abs=0.001)


class TestFreezes:
    """A server that stands still for 1 s in 10 and answers at once else."""

    PERIOD_S, FREEZE_S = 10.0, 1.0
    RATE_PER_S = 100.0

    @pytest.mark.parametrize("arrivals", ["constant", "poisson"])
    def test_an_open_loop_reads_what_theory_says(self, arrivals):
        load = OpenLoop(self.RATE_PER_S, arrivals=arrivals)
        with lockstep(
            Freezing, period_s=self.PERIOD_S, freeze_s=self.FREEZE_S
        ) as world:
            tally = world.measure(load, 5 * self.PERIOD_S)
        assert tally.outcomes["ok"] == tally.attempts
        for percent in (50, 89, 92, 95, 99, 99.9):
            expected_s = theory.frozen_percentile_s(
                percent, self.PERIOD_S, self.FREEZE_S
            )
            # What comes at random is not spread evenly over a freeze.
            off_s = 0.02 if arrivals == CONSTANT else 0.06
            found_s = percentile_s(tally, percent)
            assert found_s == pytest.approx(expected_s, abs=off_s), percent

    def test_a_closed_loop_hardly_sees_them(self):
        # The coordinated omission that an open loop must not have: while the server is
        # frozen, its one client asks once, where an open loop asks a hundred times.
        load = ClosedLoop(1, think_s=1 / self.RATE_PER_S)
        with lockstep(
            Freezing, period_s=self.PERIOD_S, freeze_s=self.FREEZE_S
        ) as world:
            tally = world.measure(load, 5 * self.PERIOD_S)
        assert percentile_s(tally, 99) < 0.001
        assert tally.latency.max_ms == pytest.approx(1000, abs=15)


class TestDrops:
    @pytest.mark.parametrize(
        "load",
        [OpenLoop(1000.0), ClosedLoop(20, think_s=0.010)],
        ids=["open", "closed"],
    )
    def test_five_percent_read_as_five(self, load):
        with lockstep(Dropping, share=0.05, seed=5) as world:
            tally = world.measure(load, 5.0)
            dropped = world.fake.dropped
        assert tally.attempts > 4000
        assert 100 * tally.errors / tally.attempts == pytest.approx(5.0, abs=0.5)
        assert dict(+tally.outcomes) == {
            "ok": tally.attempts - dropped,
            "reset": dropped,
        }

    def test_all_of_the_clients_time_is_told_of(self):
        # Little's law with failures in it: what they cost a client is noted.
        with lockstep(Dropping, share=0.3, seed=5) as world:
            tally = world.offer(ClosedLoop(20, think_s=0.010), 5.0)
        answered_s = tally.latency.mean_ms / 1000 + 0.010
        spent_s = tally.outcomes["ok"] * answered_s + tally.failed_s
        assert spent_s == pytest.approx(20 * 5.0, rel=0.02)
        assert tally.failed_s > 50


class TestQueues:
    """M/M/c: independent arrivals, exponential services, c servers, one queue."""

    MEAN_S = 0.010

    @pytest.mark.parametrize(
        ("servers", "rate_per_s", "seed"), [(1, 50.0, 1), (4, 260.0, 1)]
    )
    def test_the_mean_wait_is_erlangs(self, servers, rate_per_s, seed):
        settings = {"servers": servers, "mean_s": self.MEAN_S, "seed": seed}
        with lockstep(Queueing, run_seed=seed, **settings) as world:
            tally = world.measure(OpenLoop(rate_per_s), 12_000 / rate_per_s)
            arrived_s, services_s = world.fake.arrived_s, world.fake.services_s
        mean_service_s = sum(services_s) / len(services_s)
        wait_s = tally.latency.mean_ms / 1000 - mean_service_s
        # Exactly what these arrivals and services must wait, by Lindley's recursion,
        waits_s = theory.waits_s(arrived_s, services_s, servers)
        assert wait_s == pytest.approx(sum(waits_s) / len(waits_s), abs=2e-6)
        # and about what all those of their kind do.
        expected_s = theory.mean_wait_s(servers, rate_per_s, self.MEAN_S)
        assert wait_s == pytest.approx(expected_s, rel=0.1)


class TestSeeds:
    LOAD = OpenLoop(500.0)

    def arrivals(self, seed: int) -> list[float]:
        with lockstep(Steady, service_s=0.001, run_seed=seed) as world:
            world.measure(self.LOAD, 0.5)
            return world.fake.arrived_s

    def test_the_same_one_gives_the_same_arrivals(self):
        assert len(self.arrivals(7)) > 200
        assert self.arrivals(7) == self.arrivals(7)

    def test_another_one_gives_others(self):
        assert self.arrivals(7)[:5] != self.arrivals(8)[:5]

    def test_each_phase_has_its_own(self):
        with lockstep(Steady, service_s=0.001, run_seed=7) as world:
            gaps = []
            for _ in range(2):
                began_s, known = world.now(), len(world.fake.arrived_s)
                world.measure(self.LOAD, 0.5)
                new = world.fake.arrived_s[known : known + 5]
                gaps.append([round(when_s - began_s, 6) for when_s in new])
        assert gaps[0] != gaps[1]
