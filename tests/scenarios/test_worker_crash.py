"""A crash: what is planned, and what is made of what was seen."""

import pytest

from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.scenario import Kill
from labs.scenarios.worker_crash import Params, WorkerCrash
from tests.scenarios.aftermaths import aftermath
from tests.scenarios.documents import doubt, failed_check

POOL = {"slots": 8, "knobs": {"processes": 8}, "lost": 1, "idle": 1}
MENDED = {"processes": (9, [8, 8, 9]), "old": [8]}
ALONE = {"processes": (1, [0]), "old": [0], "lost": 6, "idle": 6}
GONE = {
    "gone": True,
    "rates": [0.0],
    "visitors": "x" * 20,
    "outcomes": {"refused": 480},
}


def killed(connections: int | None = 1) -> dict:
    event = {"action": "kill", "target": "worker", "pid": 5, "sentence": "Killed"}
    return event | {"connections": connections}


def judge(held: int | None = 1, params: Params | None = None, **seen):
    document = aftermath("worker-crash", params or Params(), killed(held), **seen)
    return WorkerCrash().judge(document)


def found(judgement) -> dict:
    return {finding.slug: finding for finding in judgement.findings}


class TestPlan:
    def test_the_load_is_the_same_before_and_after_the_kill(self):
        warm_up, before, after = WorkerCrash().plan(Params()).phases
        assert warm_up.load == before.load == after.load
        assert isinstance(after.load, ClosedLoop) and after.load.keep_alive
        assert (before.action, after.action) == (None, Kill("worker"))

    def test_the_first_process_can_be_the_one(self):
        after = WorkerCrash().plan(Params(killed="server")).phases[-1]
        assert after.action == Kill("server")

    def test_clients_pause_so_that_their_rate_is_their_own(self):
        load = WorkerCrash().plan(Params(interval_s=0.05)).phases[1].load
        assert load.think_s == 0.05


class TestHolds:
    def test_a_pool_that_replaces_its_dead_loses_one_connection(self):
        judgement = judge(**POOL, **MENDED)
        assert judgement.verdict == "holds"
        assert judgement.sentence == (
            "1 of 9 processes was killed: 1 of 6 connections was lost, and no request; "
            "service stayed full, and another process was there after 0.6 s"
        )
        lost = found(judgement)["connections_lost"]
        assert (lost.holds, lost.measured, lost.expected) == (True, 1, "at most 1")

    def test_the_threads_of_a_child_share_it(self):
        pool = {"slots": 64, "knobs": {"processes": 2}, "lost": 4, "idle": 3}
        seen = {"outcomes": {"reset": 1}, "processes": (3, [2, 3]), "old": [2]}
        judgement = judge(4, **pool, **seen)
        assert judgement.verdict == "holds"
        assert "4 of 6 connections were lost, and 1 request;" in judgement.sentence
        assert found(judgement)["connections_lost"].expected == "at most 6"

    def test_where_no_worker_has_a_number_those_it_held_are_what_it_may_cost(self):
        judgement = judge(3, lost=3, idle=3, processes=(3, [3]), old=[2])
        assert judgement.verdict == "holds"
        assert found(judgement)["connections_lost"].expected == "at most 3"

    def test_a_dip_of_less_than_a_second_is_told_with_its_length(self):
        judgement = judge(**POOL, **MENDED, rates=[0.4, 0.4, 0.4, 1.0])
        assert judgement.verdict == "holds"
        assert "service was full again after 0.6 s" in judgement.sentence

    def test_one_probe_that_was_in_the_process_is_no_outage(self):
        assert judge(**POOL, **MENDED, visitors="x" + "." * 19).verdict == "holds"


class TestDegrades:
    def test_a_pool_that_does_not_replace_its_dead_is_smaller_for_good(self):
        judgement = judge(**POOL, processes=(9, [8]), old=[8])
        assert judgement.verdict == "degrades"
        assert judgement.sentence.endswith("but nobody took its place: 8 are left")
        assert found(judgement)["replaced"].holds is False

    def test_more_lost_than_could_share_it_is_said(self):
        judgement = judge(**{**POOL, "lost": 3}, **MENDED)
        assert judgement.verdict == "degrades"
        assert "no more than 1 could share the process, yet" in judgement.sentence
        assert found(judgement)["connections_lost"].holds is False

    @pytest.mark.parametrize(
        "seen, said",
        [
            ({"outcomes": {"refused": 7}}, "7 requests found nobody to connect to"),
            ({"visitors": "xxx" + "." * 17}, "3 new visitors got no answer"),
            ({"latency_ms": 600.0}, "20 new visitors had to wait, up to 600 ms"),
        ],
    )
    def test_others_who_noticed_are_told(self, seen, said):
        judgement = judge(**POOL, **MENDED, **seen)
        assert judgement.verdict == "degrades"
        assert f"; {said}; service" in judgement.sentence

    def test_service_that_is_not_full_again_is_told_with_its_share(self):
        judgement = judge(**POOL, **MENDED, rates=[0.75])
        assert judgement.verdict == "degrades"
        assert "4.0 s later 75 % of what was answered before" in judgement.sentence
        assert found(judgement)["full_service_s"].measured is None


class TestDenied:
    def test_a_server_of_one_process_takes_all_along(self):
        judgement = judge(6, **ALONE, **GONE)
        assert judgement.verdict == "denied"
        assert judgement.sentence == (
            "The only process was killed: 6 of 6 connections were lost, and no "
            "request; the server is gone, and nobody was answered in 4.0 s"
        )
        assert found(judgement)["connections_lost"].expected == "at most 6"

    def test_so_does_the_first_process_of_many(self):
        params = Params(killed="server")
        many = {"processes": (3, [0]), "old": [0], "lost": 6, "idle": 6}
        judgement = judge(None, params, **many, **GONE)
        assert judgement.verdict == "denied"
        assert "the others ended with it: 6 of 6" in judgement.sentence

    def test_clients_hold_the_only_worker_and_no_probe_was_ever_answered(self):
        judgement = judge(1, **ALONE, **GONE, calm="x" * 15, slots=1)
        assert judgement.verdict == "denied"
        assert found(judgement)["probe_after"].holds is None

    def test_less_than_half_of_the_service_is_none(self):
        judgement = judge(3, lost=3, rates=[0.4], processes=(3, [2]), old=[2])
        assert judgement.verdict == "denied"
        assert "40 % of what was answered before" in judgement.sentence

    def test_new_visitors_who_are_not_answered_are_enough(self):
        judgement = judge(**POOL, **MENDED, visitors="x" * 20)
        assert judgement.verdict == "denied"


class TestInconclusive:
    def test_a_measurement_that_is_not_trusted(self):
        judgement = judge(**POOL, **MENDED, trust=failed_check("clock_runs_forward"))
        assert judgement.verdict == "inconclusive"

    def test_a_kill_that_found_nobody(self):
        document = aftermath(
            "worker-crash", Params(), killed() | {"done": False}, **POOL
        )
        judgement = WorkerCrash().judge(document)
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("Nothing was done to the server")

    def test_a_server_that_did_not_answer_before(self):
        document = aftermath("worker-crash", Params(), killed(), **POOL)
        document["series"]["requests_per_s"] = [0.0] * 35
        assert WorkerCrash().judge(document).verdict == "inconclusive"


class TestDoubt:
    def test_what_was_before_must_be_trusted_as_well(self):
        told = aftermath("worker-crash", Params(), killed(), **POOL, **MENDED)
        before = next(p for p in told["phases"] if p["name"] == "before")
        before["counted"]["doubts"] = [doubt()]
        judgement = WorkerCrash().judge(told)
        assert judgement.verdict == "inconclusive"
        assert "The clock runs forward does not hold" in judgement.sentence
