"""The yardstick itself, held against closed forms and against each other."""

import random

import pytest

from tests.calibration import theory


def exponential(seed: int, number: int, mean: float) -> list[float]:
    source = random.Random(seed)
    return [source.expovariate(1 / mean) for _ in range(number)]


class TestErlangC:
    @pytest.mark.parametrize("load", [0.1, 0.5, 0.7, 0.95])
    def test_one_server_makes_wait_whoever_finds_it_busy(self, load):
        assert theory.erlang_c(1, load) == pytest.approx(load)
        assert theory.mean_wait_s(1, load, 1.0) == pytest.approx(load / (1 - load))

    @pytest.mark.parametrize("load", [0.1, 0.5, 0.7, 0.95])
    def test_two_servers_have_a_closed_form(self, load):
        closed = 2 * load**2 / (1 + load)
        assert theory.erlang_c(2, 2 * load) == pytest.approx(closed)

    def test_many_servers_are_no_trouble(self):
        assert 0 < theory.erlang_c(1000, 900) < 0.01


class TestWaits:
    def test_they_are_those_of_a_queue_that_was_worked_out_by_hand(self):
        arrivals, services = [0.0, 1.0, 2.0, 2.5, 10.0], [3.0, 3.0, 1.0, 1.0, 1.0]
        assert theory.waits_s(arrivals, services, 1) == [0, 2, 4, 4.5, 0]
        assert theory.waits_s(arrivals, services, 2) == [0, 0, 1, 1.5, 0]

    @pytest.mark.parametrize("servers", [1, 4])
    def test_a_long_queue_comes_to_what_erlang_says(self, servers):
        # Fixed seeds; the standard error of so many is about 2 %.
        number, rate_per_s = 80_000, 0.5 * servers
        gaps = exponential(1, number, 1 / rate_per_s)
        now, arrivals = 0.0, []
        for gap in gaps:
            now += gap
            arrivals.append(now)
        waits = theory.waits_s(arrivals, exponential(2, number, 1.0), servers)
        expected = theory.mean_wait_s(servers, rate_per_s, 1.0)
        assert sum(waits) / number == pytest.approx(expected, rel=0.06)


class TestFreezes:
    @pytest.mark.parametrize("percent", [50, 80, 90, 99])
    def test_percentiles_are_those_of_many_instants(self, percent):
        period, freeze, number = 1.0, 0.2, 10_000
        phases = [(place + 0.5) / number * period for place in range(number)]
        waits = sorted(max(0.0, freeze - phase) for phase in phases)
        found = waits[int(number * percent / 100) - 1]
        expected = theory.frozen_percentile_s(percent, period, freeze)
        assert found == pytest.approx(expected, abs=1e-3)
