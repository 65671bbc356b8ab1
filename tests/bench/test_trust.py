"""A measurement judges itself: each check on the numbers that must fail it."""

import pytest

from labs.bench import trust

ANSWERS = {"attempts": 100, "ok": 90, "errors": 6, "unfinished": 4}


class TestAttemptsAddUp:
    def test_none_is_lost(self):
        assert trust.attempts_add_up(ANSWERS)["holds"] is True
        assert trust.attempts_add_up(ANSWERS | {"ok": 89})["holds"] is False

    def test_it_does_not_apply_without_requests(self):
        assert trust.attempts_add_up({}) is None


class TestPercentilesRise:
    @pytest.mark.parametrize(
        "p50, p90, p99, most, holds",
        [(1, 2, 3, 4, True), (1, 1, 1, 1, True), (1, 2, 5, 4, False)],
    )
    def test_none_is_above_the_next(self, p50, p90, p99, most, holds):
        summary = {
            "latency_p50_ms": p50,
            "latency_p90_ms": p90,
            "latency_p99_ms": p99,
            "latency_max_ms": most,
        }
        assert trust.percentiles_rise(summary)["holds"] is holds


class TestLittlesLaw:
    def summary(self, rate, errors=0, unfinished=0, starved=0):
        return {
            "ok": 1000,
            "clients_starved": starved,
            "requests_per_s": rate,
            "errors": errors,
            "unfinished": unfinished,
        }

    def test_throughput_times_latency_is_the_number_of_clients(self):
        assert trust.littles_law(self.summary(6400), 64, 10.0)["holds"] is True

    def test_a_lost_half_of_the_answers_is_noticed(self):
        assert trust.littles_law(self.summary(3200), 64, 10.0)["holds"] is False

    def test_more_in_flight_than_clients_is_impossible(self):
        assert trust.littles_law(self.summary(9600), 64, 10.0)["holds"] is False

    def test_clients_that_starved_may_be_missing(self):
        starved = self.summary(16000, starved=56)
        assert trust.littles_law(starved, 64, 0.5)["holds"] is True
        assert trust.littles_law(self.summary(16000), 64, 0.5)["holds"] is False


class TestGenerator:
    @pytest.mark.parametrize(
        "load, server, holds",
        [(50, 40, True), (99, 40, False), (99, 97, True)],
    )
    def test_it_is_the_limit_only_while_the_server_is_not(self, load, server, holds):
        series = {"load_cpu_percent": [load] * 5, "server_cpu_percent": [server] * 5}
        assert trust.generator_not_saturated(series, cores=1)["holds"] is holds

    def test_waiting_for_its_core_counts_as_using_it(self):
        series = {"load_cpu_percent": [60], "server_cpu_percent": [50]}
        assert trust.generator_not_saturated(series, 1)["holds"] is True
        series["load_wait_percent"] = [35]
        assert trust.generator_not_saturated(series, 1)["holds"] is False

    def test_a_late_one_is_noticed_and_one_hiccup_is_not(self):
        assert trust.generator_on_time({"load_lag_ms": [1, 1, 400]})["holds"] is True
        assert trust.generator_on_time({"load_lag_ms": [80] * 3})["holds"] is False

    def test_unknown_is_no_failure(self):
        assert trust.generator_on_time({"load_lag_ms": [None]}) is None


class TestSettle:
    def test_one_failure_is_enough(self):
        good = trust.ticks_on_time(0, 100)
        bad = trust.ticks_on_time(50, 100)
        assert trust.settle([good, None])["holds"] is True
        settled = trust.settle([good, bad])
        assert settled["holds"] is False
        assert len(settled["checks"]) == 2
