"""Slow POST: what it plans, and what it makes of what was seen."""

import json

from labs.bench.contracts.loads import SlowBodies
from labs.scenarios.slow_post import Params, SlowPost
from tests.scenarios.documents import failed_check, held_run

SMALL = Params(connections=8)


def judge(attack, params=SMALL, **told):
    load = {"type": "slow_bodies", "body_bytes": 1_000_000}
    document = held_run("slow-post", load, params, attack, **told)
    return SlowPost().judge(json.loads(json.dumps(document)))


def finding(judgement, slug):
    return next(f for f in judgement.findings if f.slug == slug)


class TestPlan:
    def test_bodies_are_announced_and_dripped(self):
        params = Params(connections=4, interval_s=2.0, body_bytes=5000)
        loads = [p.load for p in SlowPost().plan(params).phases if p.load]
        assert loads == [SlowBodies(n, 2.0, 5000) for n in (1, 2, 4)]

    def test_at_once_is_one_step(self):
        plan = SlowPost().plan(Params(connections=500, growth="at_once"))
        assert [p.load.connections for p in plan.phases if p.load] == [500]

    def test_a_denial_is_kept_and_ends_the_attack(self):
        plan = SlowPost().plan(Params(hold_s=3.0))
        assert plan.denied_hold_s == 3.0 and plan.phases[-1].until_recovered

    def test_it_needs_requests_that_have_bodies(self):
        assert SlowPost.needs == {"ping", "slow_body"}


class TestJudge:
    def test_workers_that_read_bodies_are_denied(self):
        busy = [1.0] * 10 + [1] * 7 + [2] * 7 + [4] * 7 + [8] * 34
        judgement = judge(
            [(1, "." * 7), (2, "." * 7), (4, "." * 7), (8, "." + "x" * 30)],
            summary={"worker_slots": 8},
            busy=busy,
        )
        assert judgement.verdict == "denied"
        assert judgement.sentence == (
            "8 of 8 processes were held by slow clients from 6.4 s on; "
            "the probe was not answered until 12.4 s"
        )
        assert finding(judgement, "denied_at").holds is True
        assert finding(judgement, "workers_held").measured == 8

    def test_a_loop_that_collects_bodies_holds(self):
        judgement = judge([(1, "." * 7), (8, "." * 25)])
        assert judgement.verdict == "holds"
        assert judgement.sentence == (
            "8 slow connections were held open, and every probe was answered; "
            "the slowest took 2.0 ms"
        )

    def test_a_pool_that_answers_without_the_body_is_said_to_hang_up(self):
        summary = {"worker_slots": 8, "connections_held_max": 2, "slow_closed": 70}
        judgement = judge([(8, "." * 25)], summary=summary)
        assert judgement.verdict == "holds"
        assert "the server closed 70" in judgement.sentence
        assert finding(judgement, "denied_at").holds is False
        assert finding(judgement, "refused_or_closed").measured == 70

    def test_a_few_probes_that_failed_are_a_degradation(self):
        judgement = judge([(8, ".....xx....")])
        assert judgement.verdict == "degrades"

    def test_nothing_is_concluded_from_too_few_connections(self):
        judgement = judge([(8, "." * 10)], summary={"connections_held_max": 3})
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("Only 3 of 8 slow connections")

    def test_nothing_is_concluded_without_probes_or_trust(self):
        trust = failed_check("ticks_on_time")
        assert judge([]).verdict == "inconclusive"
        assert judge([(8, "x" * 10)], trust=trust).verdict == "inconclusive"
