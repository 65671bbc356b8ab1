"""Capacity: how many are served at once, by who was answered in the first round."""

import pytest

from labs.bench.contracts.settings import as_dict
from labs.scenarios.capacity import Capacity, Params, at_once
from tests.scenarios.documents import FINE, failed_check


def document(served, slots=None, trust=FINE, overflows=(0, 0), **params):
    """A run in which so many clients were answered in time. `overflows` is the total
    before they asked and at the end."""
    return {
        "server": {"worker_noun": "process"},
        "scenario": {"slug": "capacity", "params": as_dict(Params(**params))},
        "phases": [
            {"name": "warm_up", "counted": None},
            {"name": "at_once", "start_s": 1.5, "counted": {"ok": served}},
        ],
        "series": {"t_s": [1.0, 1.4, 1.8], "listen_overflows": [None, *overflows]},
        "summary": {"worker_slots": slots},
        "trust": trust,
    }


def judge(*args, **kwargs):
    return Capacity().judge(document(*args, **kwargs))


class TestPlan:
    def test_each_client_asks_once_on_a_connection_of_its_own(self):
        load = Capacity().plan(Params(wait_ms=300)).phases[-1].load
        assert (load.operation.name, load.operation.argument) == ("wait", 300)
        assert load.once and not load.keep_alive

    def test_patience_ends_before_a_second_round_could(self):
        phase = Capacity().plan(Params(wait_ms=1000)).phases[-1]
        assert 1.0 < phase.load.timeout_s < 2.0
        assert phase.load.timeout_s < phase.duration_s < 2.0

    def test_nobody_is_left_of_the_warm_up(self):
        warm_up, pause, _ = Capacity().plan(Params()).phases
        assert warm_up.load.connections == 1 and pause.load is None

    def test_the_warm_up_can_be_left_out(self):
        phases = Capacity().plan(Params(warm_up_s=0.0)).phases
        assert [phase.name for phase in phases] == ["at_once"]


class TestJudge:
    def test_a_pool_is_measured_by_who_was_answered(self):
        judgement = judge(8, slots=8)
        assert judgement.verdict == "measured"
        assert judgement.sentence == (
            "8 of 100 clients were served at once; 92 had to wait"
        )
        found = {f.slug: f for f in judgement.findings}
        assert found["as_many_as_workers"].holds is True

    def test_clients_that_found_no_room_say_nothing_about_a_loop(self):
        judgement = judge(85, overflows=(0, 15))
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith(
            "85 clients of 100 were served at once, and 15 found no room in the accept "
            "queue"
        )

    def test_nor_about_a_pool_that_had_workers_to_spare(self):
        assert judge(60, slots=64, overflows=(0, 40)).verdict == "inconclusive"
        assert judge(64, slots=64, overflows=(0, 36)).verdict == "measured"

    def test_overflows_of_the_warm_up_do_not_count(self):
        assert judge(85, overflows=(15, 15)).verdict == "measured"
        assert judge(100, overflows=(0, 15)).verdict == "measured"

    def test_one_at_a_time(self):
        sentence = judge(1, slots=1).sentence
        assert sentence == "1 of 100 clients was served at once; 99 had to wait"

    def test_where_the_clients_are_the_limit_it_says_so(self):
        assert judge(100).sentence.startswith("All 100 clients were served at once")

    @pytest.mark.parametrize("served", [7, 9])
    def test_a_pool_that_does_not_serve_its_size_is_noticed(self, served):
        found = {f.slug: f for f in judge(served, slots=8).findings}
        assert found["as_many_as_workers"].holds is False

    def test_fewer_clients_than_workers_are_all_there_is_to_serve(self):
        found = {f.slug: f for f in judge(4, slots=8, connections=4).findings}
        assert found["as_many_as_workers"].expected == 4
        assert found["as_many_as_workers"].holds is True

    def test_silence_and_doubt_are_inconclusive(self):
        assert judge(0).verdict == "inconclusive"
        assert judge(8, trust=failed_check("clock")).verdict == "inconclusive"

    def test_it_is_in_the_summary(self):
        assert Capacity().figures(document(8)) == {"served_at_once": 8}

    def test_a_run_that_ended_before_has_none(self):
        early = document(8) | {"phases": [{"name": "warm_up", "counted": None}]}
        assert at_once(early) is None
        assert Capacity().judge(early).verdict == "inconclusive"
