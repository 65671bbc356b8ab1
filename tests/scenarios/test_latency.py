"""Latency: which rates it plans, and up to which one a server keeps up."""

import pytest

from labs.bench.contracts.loads import OpenLoop
from labs.bench.contracts.settings import as_dict
from labs.scenarios.latency import Latency, Params
from tests.scenarios.documents import FINE, counted_phase, doubt, failed_check

RATES = (500, 1000, 2000, 4000)


def steps(*figures: dict) -> list[dict]:
    """One phase a rate, of 2 s each, with these figures."""
    phases = []
    for at, (rate, figure) in enumerate(zip(RATES, figures, strict=False)):
        load = {"type": "open_loop", "rate_per_s": rate}
        told = {"attempts": 2 * rate, "ok": 2 * rate} | figure
        phases.append(counted_phase("load", load, 2.0 * at, 2.0 * at + 2.0, **told))
    return phases


def p99(*values_ms: float | None) -> list[dict]:
    return steps(*({"latency_p99_ms": value} for value in values_ms))


def judge(phases, trust=FINE):
    scenario = {"slug": "latency", "params": as_dict(Params())}
    return Latency().judge({"phases": phases, "scenario": scenario, "trust": trust})


def knee(judgement) -> float:
    return {f.slug: f.measured for f in judgement.findings}["knee_per_s"]


class TestPlan:
    def test_rates_rise_by_a_fixed_factor(self):
        params = Params(rate_per_s=100, rate_to_per_s=800, steps=4)
        warm_up, *measured = Latency().plan(params).phases
        assert warm_up.load == measured[0].load == OpenLoop(100, connections=256)
        assert [p.load.rate_per_s for p in measured] == [100, 200, 400, 800]

    def test_they_rise_whichever_is_named_first(self):
        params = Params(rate_per_s=800, rate_to_per_s=100, steps=2)
        assert [p.load.rate_per_s for p in Latency().plan(params).phases[1:]] == [
            100,
            800,
        ]

    def test_no_rate_comes_twice(self):
        params = Params(rate_per_s=1, rate_to_per_s=3, steps=12)
        rates = [p.load.rate_per_s for p in Latency().plan(params).phases[1:]]
        assert rates == [1, 2, 3]

    def test_each_request_may_have_its_own_connection(self):
        phases = Latency().plan(Params(keep_alive=False)).phases
        assert not any(phase.load.keep_alive for phase in phases)


class TestKnee:
    def test_it_is_the_last_step_before_the_first_that_fails(self):
        judgement = judge(p99(2.0, 4.0, 400.0, 3.0))
        assert (judgement.verdict, knee(judgement)) == ("measured", 1000)
        assert judgement.sentence == (
            "It keeps up with 1,000 requests/s: 99 of 100 answers came within 4.0 ms. "
            "At 2,000/s 99 of 100 answers came within 400 ms"
        )

    def test_the_figures_of_the_run_are_those_of_the_knee(self):
        assert Latency().headline(p99(2.0, 4.0, 400.0, 3.0)) == 1
        assert Latency().headline(p99(2000.0, 3000.0)) == 0

    def test_a_server_that_keeps_up_with_all_was_not_offered_enough(self):
        judgement = judge(p99(2.0, 2.0, 3.0, 4.0))
        assert knee(judgement) == 4000
        assert judgement.sentence.endswith("; more was not offered")

    @pytest.mark.parametrize("lost, kept", [(20, 2000), (21, 500)])
    def test_one_in_a_hundred_may_be_lost(self, lost, kept):
        figures = [{}, {"errors": lost - 5, "unfinished": 5}, {}]
        judgement = judge(steps(*figures))
        assert knee(judgement) == kept

    def test_ten_times_the_lowest_latency_is_allowed_where_that_is_more(self):
        assert knee(judge(p99(9.0, 89.0, 91.0))) == 1000
        assert knee(judge(p99(2.0, 49.0, 51.0))) == 1000

    def test_a_lowest_rate_that_makes_a_queue_is_no_measure_of_others(self):
        judgement = judge(p99(1500.0, 3000.0))
        assert knee(judgement) == 0
        assert judgement.sentence.startswith("It does not keep up with the lowest rate")

    def test_a_step_in_which_the_generator_was_the_limit_is_told_as_such(self):
        phases = steps({}, {"latency_p99_ms": 900.0, "generator_limited": True})
        assert judge(phases).sentence.endswith("the load generator was the limit")

    def test_a_step_without_any_answer_is_told(self):
        silent = {"ok": 0, "errors": 2000, "latency_p99_ms": None}
        assert judge(steps({}, silent)).sentence.endswith(
            "At 1,000/s none was answered"
        )

    def test_what_failed_is_told_with_what_was_lost(self):
        failed = {"latency_p99_ms": 900.0, "errors": 300, "ok": 1700}
        assert judge(steps({}, failed)).sentence.endswith("and 300 requests got none")


class TestDoubtedSteps:
    """A step in which the instrument was disturbed decides neither way."""

    BAD = {"doubts": [doubt()]}
    WHY = "The clock runs forward does not hold (-1 s, wanted above 0 s)"

    def test_one_that_fails_is_not_the_knee_s_end(self):
        judgement = judge(steps({}, {"latency_p99_ms": 300.0} | self.BAD))
        assert (judgement.verdict, knee(judgement)) == ("measured", 500)
        assert judgement.sentence.endswith(
            f"; what was seen at 1,000/s cannot be trusted: {self.WHY}"
        )

    def test_the_knee_is_put_on_the_last_that_can_be_trusted(self):
        told = steps({}, self.BAD, {}, {"latency_p99_ms": 300.0})
        assert Latency().headline(told) == 2
        judgement = judge(told)
        assert knee(judgement) == 2000
        assert "cannot be trusted" not in judgement.sentence
        assert "At 4,000/s 99 of 100 answers came within 300 ms" in judgement.sentence

    def test_what_lies_between_the_knee_and_the_next_that_failed_is_told(self):
        judgement = judge(steps({}, self.BAD, {"latency_p99_ms": 300.0}))
        assert knee(judgement) == 500
        told = f"what was seen at 1,000/s cannot be trusted: {self.WHY}. At 2,000/s"
        assert told in judgement.sentence

    def test_its_figure_is_not_shown(self):
        judgement = judge(steps({}, {"latency_p99_ms": 300.0} | self.BAD))
        finding = judgement.findings[-1]
        assert (finding.holds, finding.measured) == (None, None)

    def test_the_first_that_can_be_trusted_is_what_others_are_compared_with(self):
        slow = {"latency_p99_ms": 90.0} | self.BAD
        told = steps(slow, {}, {"latency_p99_ms": 80.0})
        assert knee(judge(told)) == 1000


class TestInconclusive:
    def test_a_measurement_that_is_not_trusted(self):
        judgement = judge(p99(2.0, 400.0), failed_check("offered_as_planned"))
        assert judgement.verdict == "inconclusive"

    def test_a_server_that_answered_nothing(self):
        judgement = judge(steps({"ok": 0, "errors": 1000, "latency_p99_ms": None}))
        assert judgement.verdict == "inconclusive"

    def test_a_run_that_was_over_before_it_began(self):
        judgement = judge([])
        assert (judgement.verdict, judgement.findings) == ("inconclusive", ())
