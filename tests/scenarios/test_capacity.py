"""Capacity: how many are served at once, by Little's law over what was answered."""

import pytest

from labs.bench.bounds import as_dict
from labs.scenarios.capacity import Capacity, Params, at_once
from tests.scenarios.documents import FINE, failed_check


def document(rates, slots=None, trust=FINE, **params):
    """A run of 1 s of warm-up and then one tick for each of the rates."""
    begin, end = 1.05, round(1.05 + 0.2 * len(rates), 4)
    times = [round(0.2 * (at + 1), 4) for at in range(5 + len(rates))]
    return {
        "server": {"worker_noun": "process"},
        "scenario": {"slug": "capacity", "params": as_dict(Params(**params))},
        "phases": [
            {"name": "warm_up", "start_s": 0.0, "end_s": begin},
            {"name": "load", "start_s": begin, "end_s": end},
        ],
        "series": {"t_s": times, "requests_per_s": [999.0] * 5 + list(rates)},
        "summary": {"worker_slots": slots},
        "trust": trust,
    }


def judge(*args, **kwargs):
    return Capacity().judge(document(*args, **kwargs))


class TestPlan:
    def test_every_request_waits_on_a_connection_of_its_own(self):
        for phase in Capacity().plan(Params(wait_ms=300)).phases:
            assert phase.load.operation.name == "wait"
            assert phase.load.operation.argument == 300
            assert not phase.load.keep_alive


class TestJudge:
    def test_a_pool_is_measured_by_what_it_answers(self):
        judgement = judge([40.0] * 10, slots=8)
        assert judgement.verdict == "measured"
        assert judgement.sentence == (
            "8 of 100 clients were served at once: 40.0 answers a second to requests "
            "that take 200 ms"
        )
        found = {f.slug: f for f in judgement.findings}
        assert found["as_many_as_workers"].holds is True

    def test_where_the_clients_are_the_limit_it_says_so(self):
        assert judge([490.0] * 10).sentence.startswith("All 100 clients were served")

    def test_the_warm_up_and_the_tick_across_the_border_do_not_count(self):
        assert at_once(document([999.0, 40.0, 40.0, 40.0])) == 8.0

    @pytest.mark.parametrize(
        "rate, holds", [(36.0, False), (38.0, True), (46.0, False)]
    )
    def test_a_pool_that_does_not_serve_its_size_is_noticed(self, rate, holds):
        found = {f.slug: f for f in judge([rate] * 10, slots=8).findings}
        assert found["as_many_as_workers"].holds is holds

    def test_fewer_clients_than_workers_are_all_there_is_to_serve(self):
        judgement = judge([20.0] * 10, slots=8, connections=4)
        found = {f.slug: f for f in judgement.findings}
        assert found["as_many_as_workers"].expected == 4
        assert judgement.sentence.startswith("All 4 clients")

    def test_silence_and_doubt_are_inconclusive(self):
        assert judge([0.0] * 10).verdict == "inconclusive"
        doubtful = judge([40.0] * 10, trust=failed_check("littles_law"))
        assert doubtful.verdict == "inconclusive"
