"""Throughput: what it plans, and what it makes of what was seen."""

import pytest

from labs.bench.contracts.errors import SpecError
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.settings import as_dict
from labs.bench.contracts.spec import Spec
from labs.plugins import registry
from labs.scenarios.throughput import Params, Throughput
from tests.scenarios.documents import FINE, doubt, failed_check


def document(trust=FINE, phases=(), **summary):
    return {
        "phases": list(phases),
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


def step(clients, per_s):
    """A phase that counted, of a ladder."""
    load = {"type": "closed_loop", "connections": clients}
    return {"name": "load", "load": load, "counted": {"requests_per_s": per_s}}


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

    def test_a_ladder_doubles_the_clients_up_to_those_asked_for(self):
        params = Params(connections=12, ladder="doubling", duration_s=7, step_s=2)
        warm_up, *measured = Throughput().plan(params).phases
        assert warm_up.load == ClosedLoop(1)
        assert [p.load.connections for p in measured] == [1, 2, 4, 8, 12]
        assert [p.duration_s for p in measured] == [2, 2, 2, 2, 7]


class TestPipeline:
    def test_every_client_sends_so_many_at_a_time(self):
        phases = Throughput().plan(Params(connections=8, pipeline=16)).phases
        assert {phase.load for phase in phases} == {ClosedLoop(8, pipeline=16)}

    def test_the_sentence_says_so(self):
        told = document()
        told["scenario"]["params"]["pipeline"] = 16
        sentence = Throughput().judge(told).sentence
        assert "for 64 clients, 16 at a time each: half" in sentence

    @pytest.mark.parametrize("server", ["nginx", "redis"])
    def test_a_protocol_that_can_takes_it(self, server):
        spec = Spec(server, "throughput", params={"pipeline": 16})
        assert registry.resolve(spec).params.pipeline == 16

    def test_one_that_cannot_refuses_it_with_the_reason(self):
        with pytest.raises(SpecError, match="PHP-FPM refuses$") as caught:
            registry.resolve(Spec("php-fpm", "throughput", params={"pipeline": 2}))
        assert caught.value.field == "pipeline"
        assert caught.value.message.startswith("pipeline does not apply to PHP-FPM. ")
        registry.resolve(Spec("php-fpm", "throughput", params={"pipeline": 1}))


class TestLadder:
    RATES = [step(1, 900), step(2, 1800), step(4, 2950), step(8, 3000), step(16, 2990)]

    def test_its_knee_is_where_more_clients_gain_little(self):
        judgement = judge(phases=self.RATES)
        assert ". From 4 clients on (2,950/s) more" in judgement.sentence
        found = {f.slug: f for f in judgement.findings}
        assert found["knee_connections"].measured == 4

    def test_a_step_that_cannot_be_trusted_decides_no_knee(self):
        low, *others = (dict(step) for step in self.RATES)
        low["counted"] = low["counted"] | {"doubts": [doubt()]}
        judgement = judge(phases=[low, *others])
        assert judgement.verdict == "measured"
        assert judgement.sentence.endswith(
            ". From where on more of them gain little is not told: with 1 client, The "
            "clock runs forward does not hold (-1 s, wanted above 0 s)"
        )
        found = {f.slug: f for f in judgement.findings}
        assert found["knee_connections"].measured is None

    def test_a_single_number_of_clients_has_none(self):
        judgement = judge(phases=self.RATES[:1])
        assert "more of them" not in judgement.sentence
        assert "knee_connections" not in {f.slug for f in judgement.findings}


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
