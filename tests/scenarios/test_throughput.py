"""Throughput: what it plans, and what it makes of what was seen."""

from labs.bench.bounds import as_dict
from labs.bench.loads import ClosedLoop
from labs.scenarios.throughput import Params, Throughput
from tests.scenarios.documents import FINE, failed_check


def document(trust=FINE, **summary):
    return {
        "server": {"worker_noun": "process"},
        "scenario": {"slug": "throughput", "params": as_dict(Params())},
        "summary": {
            "requests_per_s": 12345.6,
            "latency_p50_ms": 1.4,
            "latency_p99_ms": 61.2,
            "attempts": 1000,
            "ok": 1000,
            "errors": 0,
            "unfinished": 0,
            "clients_starved": 0,
            "worker_slots": None,
        }
        | summary,
        "trust": trust,
    }


def judge(**changes):
    return Throughput().judge(document(**changes))


class TestPlan:
    def test_the_warm_up_is_not_measured(self):
        warm_up, measured = Throughput().plan(Params(connections=8)).phases
        assert (warm_up.status, measured.status) == ("warming", "measuring")
        assert warm_up.load == measured.load == ClosedLoop(8)

    def test_it_can_be_left_out(self):
        phases = Throughput().plan(Params(warm_up_s=0.0)).phases
        assert [p.name for p in phases] == ["load"]


class TestJudge:
    def test_the_sentence_gives_rate_and_latency(self):
        judgement = judge()
        assert judgement.verdict == "measured"
        assert judgement.sentence == (
            "12,346 requests/s for 64 clients: half were answered within 1.4 ms, "
            "99 of 100 within 61 ms"
        )

    def test_requests_without_an_answer_are_said(self):
        judgement = judge(attempts=1056, unfinished=50, errors=6)
        assert judgement.sentence.endswith("; 56 requests never got an answer")
        found = {f.slug: f for f in judgement.findings}
        assert found["all_answered"].holds is False

    def test_clients_that_starved_are_said(self):
        judgement = judge(clients_starved=56)
        assert judgement.sentence.endswith("; 56 clients got no answer")
        assert {f.slug: f.holds for f in judgement.findings}["all_served"] is False

    def test_the_size_of_a_pool_is_a_fact_and_no_opinion(self):
        found = {f.slug: f for f in judge(worker_slots=8).findings}
        assert (found["pool_size"].holds, found["pool_size"].measured) == (None, 8)
        without = {f.slug for f in judge(worker_slots=None).findings}
        assert "pool_size" not in without

    def test_a_saturated_generator_proves_a_lower_bound_only(self):
        judgement = judge(trust=failed_check("generator_not_saturated"))
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("At least 12,346 requests/s: the load")

    def test_another_failed_check_proves_nothing(self):
        judgement = judge(trust=failed_check("littles_law"))
        assert judgement.verdict == "inconclusive"
        assert "12,346" not in judgement.sentence

    def test_no_answer_at_all_is_no_measurement(self):
        judgement = judge(ok=0, errors=64, latency_p50_ms=None, latency_p99_ms=None)
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence == "None of 1,000 requests was answered"
