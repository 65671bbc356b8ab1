"""Idle connections: what it plans, and what it makes of what was seen."""

import json

import pytest

from labs.bench.contracts.loads import IdleConnections as Idle
from labs.scenarios.idle_connections import IdleConnections, Params
from tests.scenarios.documents import failed_check, held_run

SMALL = Params(connections=64)
HELD = [(32, "." * 8), (64, "." * 25)]


def judge(attack=HELD, params=SMALL, threads=None, **told):
    """Judge a run; `threads` are the server's before the attack, and since."""
    load = {"type": "idle_connections", "ask_first": True}
    if threads:
        before, since = threads
        ticks = 10 + sum(len(marks) for _, marks in attack) + 3
        series = {"server_threads": [before] * 10 + [since] * (ticks - 10)}
        told = {"series": series} | told
    document = held_run("idle-connections", load, params, attack, **told)
    return IdleConnections().judge(json.loads(json.dumps(document)))


def finding(judgement, slug):
    return next((f for f in judgement.findings if f.slug == slug), None)


class TestPlan:
    def test_ten_thousand_are_reached_within_half_a_minute(self):
        phases = IdleConnections().plan(Params()).phases
        assert phases[-2].load == Idle(10_000, ask_first=True)
        before_the_last_s = sum(p.duration_s for p in phases[:-2])
        assert before_the_last_s + phases[-2].duration_s <= 30

    def test_the_first_word_is_a_choice(self):
        phases = IdleConnections().plan(Params(ask_first=False)).phases
        assert {p.load.ask_first for p in phases if p.load} == {False}

    def test_fifty_thousand_may_be_asked_for(self):
        phases = IdleConnections().plan(Params(connections=50_000)).phases
        assert phases[-2].load.connections == 50_000

    def test_a_step_is_long_enough_for_a_denial_to_be_seen(self):
        params = Params()
        three = 2 * params.probe_interval_s + params.probe_timeout_s
        assert params.step_s >= three


class TestHolds:
    def test_the_sentence_says_what_a_connection_costs(self):
        judgement = judge(threads=(3, 3), summary={"bytes_per_connection": 812.4})
        assert judgement.verdict == "holds"
        assert judgement.sentence == (
            "64 idle connections were held open, and every probe was answered; the "
            "slowest took 2.0 ms. Each took 812 bytes of the server's memory, and "
            "processes and threads did not grow with them"
        )
        assert finding(judgement, "bytes_each").measured == 812
        assert finding(judgement, "tasks_constant").holds is True
        assert finding(judgement, "probe_latency").measured == 2.0

    def test_threads_that_came_with_the_connections_are_counted(self):
        judgement = judge(threads=(1, 65), summary={"bytes_per_connection": 20_000})
        assert judgement.sentence.endswith("and 64 more threads came with them")
        constant = finding(judgement, "tasks_constant")
        assert (constant.measured, constant.holds) == (64, False)

    def test_a_few_threads_of_a_runtime_do_not_count_as_growth(self):
        assert finding(judge(threads=(4, 10)), "tasks_constant").holds is True

    def test_one_for_a_hundred_connections_does_not_count_as_growth(self):
        judgement = judge([(10_000, "." * 25)], threads=(4, 80), params=Params())
        assert finding(judgement, "tasks_constant").holds is True
        judgement = judge([(10_000, "." * 25)], threads=(4, 204), params=Params())
        assert finding(judgement, "tasks_constant").holds is False

    @pytest.mark.parametrize("held, told", [(49, False), (50, True)])
    def test_the_cost_of_a_few_connections_is_not_told(self, held, told):
        summary = {"connections_held_max": held, "slow_closed": 20}
        judgement = judge(
            threads=(3, 3), summary=summary | {"bytes_per_connection": 98304.0}
        )
        assert (finding(judgement, "bytes_each") is not None) is told
        assert ("bytes of the server's memory" in judgement.sentence) is told

    def test_memory_that_did_not_grow_is_told_as_that(self):
        judgement = judge(threads=(3, 3), summary={"bytes_per_connection": -20.0})
        assert "Its memory did not grow measurably" in judgement.sentence


class TestDenied:
    def test_a_pool_is_used_up_by_idle_clients(self):
        judgement = judge(
            [(4, "." * 7), (8, "." + "x" * 30)],
            busy=[0] * 10 + [4] * 7 + [8] * 34,
            summary={"worker_slots": 8},
        )
        assert judgement.verdict == "denied"
        assert judgement.sentence.startswith(
            "8 of 8 processes were held by idle clients from"
        )

    def test_a_pool_of_one_is_held_by_one(self):
        judgement = judge(
            [(1, "." + "x" * 30)],
            busy=[0] * 10 + [1] * 34,
            summary={"worker_slots": 1},
        )
        assert "was held by an idle client from" in judgement.sentence

    def test_a_limit_among_the_settings_is_named_as_the_reason(self):
        judgement = judge(
            [(32, "." * 7), (64, "x" * 30)],
            server={"knobs": {"max_connections": 64}},
            summary={"connections_held_max": 63},
        )
        assert judgement.verdict == "denied"
        assert "Its own limit of connections (max_connections) is 64" in (
            judgement.sentence
        )
        assert finding(judgement, "own_limit").measured == 64

    def test_a_limit_that_was_far_away_is_not(self):
        judgement = judge(
            [(32, "." * 7), (64, "x" * 30)],
            server={"knobs": {"max_connections": 4096}},
        )
        assert "its own limit" not in judgement.sentence.lower()

    def test_without_a_limit_nothing_is_said_of_one(self):
        assert finding(judge(), "own_limit") is None


class TestInconclusive:
    def test_no_cost_is_told_of_a_run_that_is_not_trusted(self):
        judgement = judge(
            threads=(3, 3),
            trust=failed_check("ticks_on_time"),
            summary={"bytes_per_connection": 812.4},
        )
        assert judgement.verdict == "inconclusive"
        assert "bytes" not in judgement.sentence

    def test_a_run_that_was_cut_before_the_attack(self):
        assert judge([]).verdict == "inconclusive"
        assert finding(judge([]), "tasks_constant") is None

    def test_too_few_for_a_reason_of_ours(self):
        judgement = judge(summary={"connections_held_max": 3})
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("Only 3 of 64 idle connections")
