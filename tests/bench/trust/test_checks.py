"""A measurement judges itself: each check on the numbers that must fail it."""

import pytest

from labs.bench.contracts.loads import OpenLoop, as_json
from labs.bench.trust import checks
from labs.bench.trust.contention import CoreNeed, cores_not_contended

ANSWERS = {"attempts": 100, "ok": 90, "errors": 6, "unfinished": 4}


class TestAttemptsAddUp:
    def test_none_is_lost(self):
        assert checks.attempts_add_up(ANSWERS)["holds"] is True
        assert checks.attempts_add_up(ANSWERS | {"ok": 89})["holds"] is False

    def test_it_does_not_apply_without_requests(self):
        assert checks.attempts_add_up({}) is None


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
        assert checks.percentiles_rise(summary)["holds"] is holds


CLIENTS = {"connections": 64, "timeout_s": 10.0}


class TestLittlesLaw:
    def counted(self, rate, mean_ms=10.0, errors=0, unfinished=0, starved=0, **told):
        return told | {
            "measured_s": 10.0,
            "latency_max_ms": 50.0,
            "ok": 1000,
            "latency_mean_ms": mean_ms,
            "clients_starved": starved,
            "requests_per_s": rate,
            "errors": errors,
            "unfinished": unfinished,
        }

    def test_throughput_times_latency_is_the_number_of_clients(self):
        assert checks.littles_law(self.counted(6400), CLIENTS)["holds"] is True

    def test_a_lost_half_of_the_answers_is_noticed(self):
        assert checks.littles_law(self.counted(3200), CLIENTS)["holds"] is False

    def test_more_in_flight_than_clients_is_impossible(self):
        assert checks.littles_law(self.counted(9600), CLIENTS)["holds"] is False

    def test_clients_that_starved_may_be_missing(self):
        starved = self.counted(16000, 0.5, starved=56)
        assert checks.littles_law(starved, CLIENTS)["holds"] is True
        assert checks.littles_law(self.counted(16000, 0.5), CLIENTS)["holds"] is False

    def test_a_handful_of_failures_hides_no_lost_half(self):
        quick = self.counted(3200, errors=64, failed_s=0.5)
        assert checks.littles_law(quick, CLIENTS)["holds"] is False

    def test_time_that_failures_took_may_be_missing(self):
        hung = self.counted(3200, errors=32, failed_s=320.0)
        assert checks.littles_law(hung, CLIENTS)["holds"] is True
        assert (
            checks.littles_law(hung, CLIENTS)["measured"]
            == "32.0 clients, 32.0 failing"
        )

    @pytest.mark.parametrize(
        "outcome, holds", [("read_timeout", True), ("reset", False)]
    )
    def test_where_it_was_not_noted_a_timeout_took_its_limit(self, outcome, holds):
        old = self.counted(3200, errors=32, outcomes={outcome: 32})
        assert checks.littles_law(old, CLIENTS)["holds"] is holds

    def test_pauses_are_part_of_a_client_s_time(self):
        thinking = CLIENTS | {"think_s": 0.03}
        assert checks.littles_law(self.counted(1600), thinking)["holds"] is True
        assert checks.littles_law(self.counted(6400), thinking)["holds"] is False

    def test_pipelined_requests_are_in_flight_together(self):
        deep = CLIENTS | {"pipeline": 4}
        assert checks.littles_law(self.counted(25600), deep)["holds"] is True
        assert checks.littles_law(self.counted(6400), deep)["holds"] is False


class TestMeanBelowP99:
    def told(self, mean_ms, p99_ms):
        return {"latency_mean_ms": mean_ms, "latency_p99_ms": p99_ms}

    def test_a_mean_that_outliers_carry_is_not_trusted(self):
        assert checks.mean_below_p99(self.told(5.0, 9.0))["holds"] is True
        assert checks.mean_below_p99(self.told(12.0, 9.0))["holds"] is False

    def test_all_alike_is_no_fault_of_rounding(self):
        assert checks.mean_below_p99(self.told(10.0, 9.9952))["holds"] is True

    def test_it_does_not_apply_without_answers(self):
        assert checks.mean_below_p99(self.told(None, None)) is None


class TestClock:
    def test_each_tick_is_after_the_one_before(self):
        assert checks.clock_runs_forward([0.2, 0.4, 0.61])["holds"] is True
        assert checks.clock_runs_forward([0.2, 0.4, 0.4])["holds"] is False

    def test_one_tick_says_nothing(self):
        assert checks.clock_runs_forward([0.2]) is None


def columns(server=50, load=50, server_busy=55, load_busy=55):
    return {
        "server_cpu_percent": [server],
        "load_cpu_percent": [load],
        "server_cores_busy_percent": [server_busy],
        "load_cores_busy_percent": [load_busy],
    }


class TestContention:
    def holds(self, *, shared=False, always=False, cores=1, **shares):
        need = CoreNeed(always=always)
        found = cores_not_contended(columns(**shares), cores, shared=shared, need=need)
        return found["holds"]

    def test_whoever_takes_what_the_server_wanted_is_noticed(self):
        assert self.holds(server=95, server_busy=100) is True
        assert self.holds(server=50, server_busy=100) is False

    def test_whoever_takes_what_the_generator_wanted_is_noticed(self):
        assert self.holds(load=50, load_busy=100) is False

    def test_others_do_no_harm_while_there_is_room(self):
        assert self.holds(server=30, server_busy=80) is True

    def test_a_server_that_mostly_waits_gets_what_it_needs(self):
        assert self.holds(server=5, server_busy=100) is True
        assert self.holds(server=5, server_busy=100, always=True) is False

    def test_one_that_is_seen_to_wait_for_its_core_does_not(self):
        busy = columns(server=5, server_busy=100)
        for waited, holds in ((30.0, False), (2.0, True)):
            told = busy | {"server_wait_percent": [waited]}
            found = cores_not_contended(told, 1, shared=False)
            assert found["holds"] is holds

    def test_on_one_core_the_two_are_not_each_other_s_others(self):
        both = {"server": 50, "load": 45, "server_busy": 100, "load_busy": 100}
        assert self.holds(**both, shared=True) is True
        assert self.holds(**both) is False

    def test_several_cores_are_taken_together(self):
        assert self.holds(server=190, server_busy=200, cores=2) is True
        assert self.holds(server=100, server_busy=200, cores=2) is False

    def test_a_kernel_that_does_not_tell_is_not_judged(self):
        assert cores_not_contended({}, 1, shared=False) is None

    @pytest.mark.parametrize("ticks, holds", [(2, True), (4, False)])
    def test_a_part_of_the_time_is_enough(self, ticks, holds):
        busy = [95.0] * ticks + [5.0] * (10 - ticks)
        told = {
            "server_cpu_percent": [30.0] * 10,
            "load_cpu_percent": [5.0] * 10,
            "server_cores_busy_percent": busy,
            "load_cores_busy_percent": [5.0] * 10,
        }
        found = cores_not_contended(told, 1, shared=False)
        assert found["holds"] is holds

    def test_a_core_that_may_wait_is_not_looked_at(self):
        told = columns(load=30, load_busy=100)
        of_the_server = CoreNeed(cores=("server",))
        assert cores_not_contended(told, 1, shared=False)["holds"] is False
        found = cores_not_contended(told, 1, shared=False, need=of_the_server)
        assert found["holds"] is True


class TestOffered:
    LOAD = as_json(OpenLoop(1000.0))

    def counted(self, attempts):
        return {"attempts": attempts, "measured_s": 10.0}

    @pytest.mark.parametrize(
        "arrivals, attempts, rate, holds",
        [
            ("constant", 22, 4.5, False),
            ("constant", 44, 4.5, True),
            ("constant", 1340, 150.0, False),
            ("constant", 1486, 150.0, True),
            ("poisson", 1360, 150.0, True),
            ("poisson", 1320, 150.0, False),
        ],
    )
    def test_only_independent_arrivals_scatter(self, arrivals, attempts, rate, holds):
        load = as_json(OpenLoop(rate, arrivals=arrivals))
        found = checks.offered_as_planned(self.counted(attempts), load)
        assert found["holds"] is holds

    def test_what_was_planned_must_have_fallen_due(self):
        assert (
            checks.offered_as_planned(self.counted(10_100), self.LOAD)["holds"] is True
        )
        assert (
            checks.offered_as_planned(self.counted(9_000), self.LOAD)["holds"] is False
        )

    def test_a_ramp_offers_the_mean_of_its_ends(self):
        ramp = self.LOAD | {"to_rate_per_s": 3000.0}
        assert checks.offered_as_planned(self.counted(20_000), ramp)["holds"] is True
        assert checks.offered_as_planned(self.counted(10_000), ramp)["holds"] is False


class TestGenerator:
    @pytest.mark.parametrize(
        "load, server, holds",
        [(50, 40, True), (99, 40, False), (99, 97, True)],
    )
    def test_it_is_the_limit_only_while_the_server_is_not(self, load, server, holds):
        series = {"load_cpu_percent": [load] * 5, "server_cpu_percent": [server] * 5}
        assert checks.generator_not_saturated(series, cores=1)["holds"] is holds

    def test_waiting_for_its_core_counts_as_using_it(self):
        series = {"load_cpu_percent": [60], "server_cpu_percent": [50]}
        assert checks.generator_not_saturated(series, 1)["holds"] is True
        series["load_wait_percent"] = [35]
        assert checks.generator_not_saturated(series, 1)["holds"] is False

    def test_it_is_late_where_it_is_so_in_a_typical_tick(self):
        assert checks.generator_on_time({"load_lag_ms": [1, 1, 80]})["holds"] is True
        assert checks.generator_on_time({"load_lag_ms": [80] * 3})["holds"] is False

    def test_unknown_is_no_failure(self):
        assert checks.generator_on_time({"load_lag_ms": [None]}) is None


class TestTicks:
    @pytest.mark.parametrize(
        "times_s, late",
        [
            ([0.2, 0.4, 0.6], 0),
            ([0.2, 0.299, 0.4], 0),  # one more than is due, as at the start
            ([0.2001, 0.45, 0.6], 0),
            ([0.2, 0.52, 0.6], 33),
            ([0.2, 0.8], 50),
            ([1.9, 3.8], 89),  # what was left out was not on time
        ],
    )
    def test_those_that_are_left_out_are_late_too(self, times_s, late):
        check = checks.ticks_on_time(times_s)
        assert check["measured"].startswith(f"{late} % ")
        assert check["holds"] is (late <= 10)

    def test_a_run_that_ended_before_the_first_says_nothing(self):
        assert checks.ticks_on_time([]) is None
        assert checks.ticks_on_time([0.1]) is None


class TestSettle:
    def test_one_failure_is_enough(self):
        good = checks.ticks_on_time([0.2, 0.4])
        bad = checks.ticks_on_time([0.35, 0.4])
        assert checks.settle([good, None])["holds"] is True
        settled = checks.settle([good, bad])
        assert settled["holds"] is False
        assert len(settled["checks"]) == 2
