"""Slowloris: what it plans, and what it makes of what was seen."""

import json

import pytest

from labs.bench.contracts.loads import SlowHeads
from labs.scenarios.slowloris import Params, Slowloris
from tests.scenarios.documents import failed_check, slowloris

SMALL = Params(connections=8)


def judge(document):
    return Slowloris().judge(json.loads(json.dumps(document)))


def finding(judgement, slug):
    return next(f for f in judgement.findings if f.slug == slug)


class TestPlan:
    def test_connections_double_up_to_the_number_asked_for(self):
        plan = Slowloris().plan(Params())
        loads = [p.load.connections for p in plan.phases if p.load]
        assert loads == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]
        assert plan.denied_hold_s == 5.0

    @pytest.mark.parametrize(
        "connections, steps",
        [
            (1, [1]),
            (2, [1, 2]),
            (3, [1, 2, 3]),
            (8, [1, 2, 4, 8]),
            (9, [1, 2, 4, 8, 9]),
        ],
    )
    def test_the_last_step_is_the_number_asked_for(self, connections, steps):
        plan = Slowloris().plan(Params(connections=connections))
        assert [p.load.connections for p in plan.phases if p.load] == steps

    def test_at_once_is_one_step(self):
        plan = Slowloris().plan(Params(connections=500, growth="at_once"))
        loads = [p.load for p in plan.phases if p.load]
        assert loads == [SlowHeads(500, 5.0)]

    def test_the_default_run_is_short(self):
        plan = Slowloris().plan(Params())
        until_attack_ends = sum(p.duration_s for p in plan.phases[:-1])
        assert until_attack_ends <= 30

    def test_phases_are_before_attack_after(self):
        names = [p.name for p in Slowloris().plan(SMALL).phases]
        assert names == ["before", *["attack"] * 4, "after"]


class TestDenied:
    BUSY = [1.0] * 10 + [1] * 7 + [2] * 7 + [4] * 7 + [8] * 40
    DOCUMENT = slowloris(
        SMALL,
        [(1, "." * 7), (2, "." * 7), (4, "." * 7), (8, "." + "x" * 30)],
        summary={"worker_slots": 8},
        busy=BUSY[:65],
    )

    def test_the_denied_step_is_the_first_without_a_majority_of_answers(self):
        judgement = judge(self.DOCUMENT)
        assert judgement.verdict == "denied"
        assert finding(judgement, "denied_at").measured == 8
        assert finding(judgement, "denied_at").holds is True
        assert finding(judgement, "tolerated_at").measured == 4

    def test_the_sentence_says_who_was_held_and_since_when(self):
        assert judge(self.DOCUMENT).sentence == (
            "8 of 8 processes were held by slow clients from 6.4 s on; "
            "the probe was not answered until 12.4 s"
        )

    def test_recovery_is_counted_from_the_end_of_the_attack(self):
        recovered = finding(judge(self.DOCUMENT), "recovered_after")
        assert recovered.holds is True
        assert recovered.measured == 0.0

    def test_a_server_that_never_answers_again_has_not_recovered(self):
        judgement = judge(
            slowloris(SMALL, [(1, "x" * 7)], after="xxx", summary={"worker_slots": 1})
        )
        assert "was not answered again" in judgement.sentence
        assert finding(judgement, "recovered_after").holds is False

    def test_a_pool_larger_than_a_step_is_expected_at_the_next(self):
        document = slowloris(
            SMALL,
            [(1, "...."), (2, "...."), (4, "...."), (8, "xxxx")],
            summary={"worker_slots": 5},
        )
        assert finding(judge(document), "denied_at").expected == 8

    def test_without_known_workers_the_number_of_connections_is_named(self):
        document = slowloris(SMALL, [(1, "...."), (2, "xxxxxx")])
        assert judge(document).sentence == (
            "With 2 slow connections the probe was no longer answered from 2.8 s on; "
            "it was not answered until 4.0 s"
        )


class TestHolds:
    def test_every_probe_answered(self):
        judgement = judge(slowloris(SMALL, [(1, "." * 7), (8, "." * 25)]))
        assert judgement.verdict == "holds"
        assert judgement.sentence == (
            "8 slow connections were held open, and every probe was answered; "
            "the slowest took 2.0 ms"
        )
        assert finding(judgement, "denied_at").holds is True

    def test_a_server_that_closes_slow_connections_is_said_to(self):
        document = slowloris(
            SMALL,
            [(8, "." * 25)],
            summary={"connections_held_max": 3, "slow_closed": 20},
        )
        judgement = judge(document)
        assert judgement.verdict == "holds"
        assert "the server closed 20" in judgement.sentence


class TestDegrades:
    def test_a_few_probes_failed(self):
        judgement = judge(slowloris(SMALL, [(8, ".....xx....")]))
        assert judgement.verdict == "degrades"
        assert "2 of 11 probes were not answered" in judgement.sentence

    def test_answers_became_much_slower(self):
        judgement = judge(slowloris(SMALL, [(8, "." * 10)], latency_ms=300.0))
        assert judgement.verdict == "degrades"
        assert "took 300 ms instead of 2.0 ms" in judgement.sentence

    def test_five_times_as_slow_but_still_quick_is_no_degradation(self):
        judgement = judge(slowloris(SMALL, [(8, "." * 10)], latency_ms=50.0))
        assert judgement.verdict == "holds"


class TestInconclusive:
    def test_a_server_that_did_not_answer_before(self):
        judgement = judge(slowloris(SMALL, [(8, "x" * 10)], before="..x..xxxx."))
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("Before the attack 5 of 10 probes")

    def test_two_probes_are_too_few_to_compare_with(self):
        judgement = judge(slowloris(SMALL, [(8, "x" * 10)], before=".."))
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("Only 2 probes fell due before the attack")

    def test_a_measurement_that_cannot_be_trusted(self):
        trust = failed_check("ticks_on_time")
        judgement = judge(slowloris(SMALL, [(8, "x" * 10)], trust=trust))
        assert judgement.verdict == "inconclusive"
        assert "The clock runs forward does not hold" in judgement.sentence

    def test_too_few_connections_for_a_reason_of_ours(self):
        document = slowloris(
            SMALL, [(8, "." * 10)], summary={"connections_held_max": 3}
        )
        judgement = judge(document)
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("Only 3 of 8 slow connections")

    def test_an_attack_without_a_probe(self):
        assert judge(slowloris(SMALL, [])).verdict == "inconclusive"
