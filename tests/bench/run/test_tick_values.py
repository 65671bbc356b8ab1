"""Ticks are due on a grid, and their values are those of their interval."""

import pytest

from labs.bench.run.cpu_allocation import Cpus, share
from labs.bench.run.tick_values import ProbeValues, Ticker, load_names
from labs.scenarios.slowloris import Params as SlowParams
from labs.scenarios.slowloris import Slowloris
from labs.scenarios.throughput import Params, Throughput


class TestTicker:
    def test_a_late_tick_does_not_move_the_next(self):
        ticker = Ticker()
        assert ticker.due_s == pytest.approx(0.2)
        assert ticker.take(0.25) == pytest.approx(0.25)
        assert ticker.due_s == pytest.approx(0.4)
        assert ticker.take(0.4) == pytest.approx(0.15)

    def test_an_early_tick_leaves_the_grid_as_it_is(self):
        ticker = Ticker()
        assert ticker.take(0.05) == pytest.approx(0.05)
        assert ticker.due_s == pytest.approx(0.2)
        assert ticker.take(0.2) == pytest.approx(0.15)

    def test_missed_ticks_are_not_made_up_for(self):
        ticker = Ticker()
        ticker.take(0.2)
        assert ticker.take(1.1) == pytest.approx(0.9)
        assert ticker.due_s == pytest.approx(1.2)


class TestProbeValues:
    def test_nothing_is_known_before_a_probe_ended(self):
        assert ProbeValues().take([])["probe_available"] is None

    def test_they_speak_of_the_probes_that_ended_in_the_tick(self):
        values = ProbeValues()
        rows = [[0.0, "ok", 3.0], [0.2, "ok", 9.0], [0.1, "read_timeout", None]]
        assert values.take(rows) == {
            "probe_ok": 2,
            "probe_failed": 1,
            "probe_latency_ms": 9.0,
            "probe_available": 0,
        }
        assert values.take([])["probe_available"] == 0

    def test_an_unfinished_probe_is_neither(self):
        values = ProbeValues().take([[0.0, "unfinished", None]])
        assert (values["probe_ok"], values["probe_failed"]) == (0, 0)


class TestLoadNames:
    def test_a_scenario_shows_only_what_its_loads_give(self):
        slow = load_names(Slowloris().plan(SlowParams()))
        closed = load_names(Throughput().plan(Params()))
        assert "slow_held" in slow and "requests_per_s" not in slow
        assert "requests_per_s" in closed and "slow_held" not in closed


class TestCpus:
    @pytest.mark.parametrize(
        "available, server, load, probe",
        [({0}, 0, 0, 0), ({0, 1}, 0, 1, 1), ({2, 5, 7, 9}, 2, 5, 7)],
    )
    def test_the_server_has_a_core_of_its_own_where_it_can(
        self, available, server, load, probe
    ):
        assert share(frozenset(available)) == Cpus(
            frozenset({server}), frozenset({load}), frozenset({probe})
        )
