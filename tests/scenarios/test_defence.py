"""The header timeout: what it plans, and what it makes of the two attacks."""

import json

import pytest

from labs.bench.contracts.loads import SlowHeads
from labs.bench.contracts.scenario import PhaseName
from labs.bench.verdicts.reading import ProbeReading, part_of, probes_of
from labs.scenarios.defence import Defence, Params
from tests.scenarios.documents import ended, failed_check, twice

PARAMS = Params()


def judge(*args, params=PARAMS, **told):
    return Defence().judge(json.loads(json.dumps(twice(params, *args, **told))))


def finding(judgement, slug):
    return next(f for f in judgement.findings if f.slug == slug)


class TestPlan:
    PLAN = Defence().plan(PARAMS)

    def test_the_same_phases_come_twice(self):
        assert [phase.name for phase in self.PLAN.phases] == [
            "before",
            "attack",
            "after",
            "defended_before",
            "defended_attack",
            "defended_after",
        ]

    def test_the_limit_is_off_in_the_first_half_and_on_in_the_second(self):
        knobs = [phase.knobs["header_timeout_s"] for phase in self.PLAN.phases]
        assert knobs == [0, 0, 0, 2, 2, 2]

    def test_both_attacks_are_the_same(self):
        first, second = self.PLAN.phases[1], self.PLAN.phases[4]
        assert first.load == second.load == SlowHeads(16, 1.0)
        assert first.duration_s == second.duration_s

    def test_an_attack_goes_on_until_its_last_probe_has_ended(self):
        params = Params(duration_s=5.0, probe_timeout_s=3.0)
        assert Defence().plan(params).phases[1].duration_s == 8.0

    def test_a_slow_visitor_can_be_answered_before_the_attack(self):
        slow = self.PLAN.slow_client
        assert slow.spread_s == 3.0 and slow.timeout_s > slow.spread_s
        assert self.PLAN.phases[0].duration_s >= 2 * slow.interval_s + slow.spread_s

    def test_the_default_run_is_short(self):
        lengths = [p.duration_s for p in self.PLAN.phases if not p.until_recovered]
        assert sum(lengths) < 45


class TestParts:
    DOCUMENT = twice(PARAMS, "x" * 20, "." * 20)

    def test_a_part_has_its_own_phases_by_their_usual_names(self):
        for prefix in ("", "defended_"):
            part = part_of(self.DOCUMENT, prefix)
            assert [p["name"] for p in part["phases"]] == ["before", "attack", "after"]

    def test_a_part_has_its_own_probes_alone(self):
        ratios = [
            ProbeReading(part_of(self.DOCUMENT, prefix)).ok_ratio(PhaseName.ATTACK)
            for prefix in ("", "defended_")
        ]
        assert ratios == [0.0, 1.0]

    def test_a_denial_does_not_last_into_the_other_part(self):
        document = twice(PARAMS, "x" * 20, "." * 20)
        gone = [e for e in document["events"] if 11.0 <= e["t_s"] < 12.0]
        document["events"] = [e for e in document["events"] if e not in gone]
        assert ProbeReading(part_of(document, "")).denial.until_s is None

    def test_a_part_has_the_ticks_of_its_time(self):
        part = part_of(self.DOCUMENT, "defended_")
        start_s, end_s = part["phases"][0]["start_s"], part["phases"][-1]["end_s"]
        assert part["series"]["t_s"]
        assert all(start_s <= t_s <= end_s for t_s in part["series"]["t_s"])
        assert {len(column) for column in part["series"].values()} == {
            len(part["series"]["t_s"])
        }

    def test_a_part_that_never_began_is_empty(self):
        document = self.DOCUMENT | {"phases": self.DOCUMENT["phases"][:3]}
        assert part_of(document, "defended_")["phases"] == []

    def test_the_slow_visitor_is_not_among_the_probes(self):
        assert len(probes_of(self.DOCUMENT, "slow")) == 6
        assert all(probe.latency_ms != 3000 for probe in probes_of(self.DOCUMENT))


class TestVerdict:
    def test_a_denial_becomes_a_degradation(self):
        judgement = judge("." + "x" * 30, "." * 30, latency_ms=900.0)
        assert judgement.verdict == "degrades"
        assert judgement.sentence == (
            "Without a limit: 8 of 8 processes were held by slow clients from 7.2 s "
            "on; the probe was not answered until 13.2 s. With a limit of 2 s for a "
            "request head: with up to 16 slow connections held open a typical probe "
            "took 900 ms instead of 2.0 ms. An honest client that takes 3 s to send "
            "its request was answered without the limit and cut off by it"
        )
        assert finding(judgement, "limit_helps").holds is True
        assert finding(judgement, "undefended").holds is True

    def test_probes_that_the_end_of_the_attack_answers_hide_no_denial(self):
        late = "." * round(PARAMS.probe_timeout_s / 0.2)
        judgement = judge("x" * 10 + late, "." * 30)
        assert finding(judgement, "undefended").measured == "denied"
        assert finding(judgement, "undefended_probe").measured == 0.0

    def test_a_limit_may_not_be_enough(self):
        judgement = judge("x" * 30, "x" * 30)
        assert judgement.verdict == "denied"
        assert finding(judgement, "limit_helps").holds is False

    def test_a_denial_may_be_lifted_altogether(self):
        judgement = judge("x" * 30, "." * 30)
        assert judgement.verdict == "holds"
        assert "and every probe was answered" in judgement.sentence

    def test_a_server_that_needs_no_limit_holds_twice(self):
        judgement = judge("." * 30, "." * 30, slots=None)
        assert judgement.verdict == "holds"
        assert finding(judgement, "limit_helps").holds is None
        assert finding(judgement, "undefended").holds is True

    def test_connections_are_counted_half_by_half(self):
        judgement = judge("x" * 30, "." * 30, closed=32)
        assert finding(judgement, "closed_by_limit").measured == 32
        assert "the server closed 32" in judgement.sentence

    def test_a_limit_that_closes_nothing_is_noticed(self):
        judgement = judge("." * 30, "." * 30, slots=None, closed=0)
        assert finding(judgement, "closed_by_limit").holds is False


class TestCost:
    @pytest.mark.parametrize(
        "slow, told",
        [
            (("...", "xxx"), "answered without the limit and cut off by it"),
            (("...", "..."), "answered in spite of the limit"),
            (("xxx", "xxx"), "not answered without the limit either"),
        ],
    )
    def test_what_became_of_the_slow_visitor_is_said(self, slow, told):
        assert judge("." * 30, "." * 30, slots=None, slow=slow).sentence.endswith(told)

    def test_nothing_is_said_of_visitors_that_nobody_saw(self):
        judgement = judge("." * 30, "." * 30, slots=None, slow=("", "..."))
        assert "honest client" not in judgement.sentence
        assert finding(judgement, "slow_visitor").holds is None

    @pytest.mark.parametrize("limit_s, slow", [(2, "xxx"), (5, "...")])
    def test_who_is_spared_depends_on_the_length_of_the_limit(self, limit_s, slow):
        params = Params(header_timeout_s=limit_s)
        judgement = judge(
            "." * 60, "." * 60, params=params, slots=None, slow=("...", slow)
        )
        assert finding(judgement, "defended_slow_visitor").holds is True

    def test_a_visitor_still_sending_when_the_attack_begins_does_not_count(self):
        document = twice(PARAMS, "." * 30, "." * 30, slots=None, slow=("...xxx", "xxx"))
        found = finding(Defence().judge(document), "slow_visitor")
        assert (found.measured, found.holds) == ("3 of 4", True)


class TestInconclusive:
    def test_fewer_attackers_than_workers(self):
        judgement = judge("." * 30, "." * 30, slots=64)
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("16 slow connections did not take all 64")

    def test_an_attack_that_is_over_before_the_limit(self):
        params = Params(header_timeout_s=30)
        judgement = judge("x" * 30, "x" * 30, params=params)
        assert judgement.verdict == "inconclusive"
        assert "is over before a limit of 30 s" in judgement.sentence

    def test_a_measurement_that_cannot_be_trusted(self):
        judgement = judge("x" * 30, "." * 30, trust=failed_check("ticks_on_time"))
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("The measurement cannot be trusted")

    def test_a_run_that_ended_after_the_first_half(self):
        document = twice(PARAMS, "x" * 30, "." * 30)
        document["phases"] = document["phases"][:3]
        judgement = Defence().judge(document)
        assert judgement.verdict == "inconclusive"
        assert judgement.sentence.startswith("With a limit: no probe fell due before")
        assert finding(judgement, "defended_probe").holds is None

    def test_a_run_without_probes(self):
        document = twice(PARAMS, "x" * 30, "." * 30) | {"events": []}
        assert Defence().judge(document).verdict == "inconclusive"


class TestServerEnd:
    """Its first attack begins after 7 s; the second half about 14 s later."""

    def judge(self, document, t_s):
        return Defence().judge(json.loads(json.dumps(ended(document, t_s))))

    def test_in_the_first_half_it_is_told_and_the_second_gives_the_verdict(self):
        document = twice(PARAMS, "." * 10 + "x" * 20, "." * 30)
        judgement = self.judge(document, 9.0)
        assert judgement.verdict == "holds"
        assert judgement.sentence.startswith(
            "Without a limit: with 16 slow connections the server was gone from 9.0 s "
            "on: Pool was ended for its memory. With a limit of 2 s"
        )
        assert finding(judgement, "limit_helps").holds is True

    def test_in_the_second_half_it_is_the_verdict(self):
        document = twice(PARAMS, "." * 30, "." * 30)
        attack = next(p for p in document["phases"] if p["name"] == "defended_attack")
        judgement = self.judge(document, attack["end_s"] - 0.5)
        assert judgement.verdict == "denied"
        assert "the server was gone" in judgement.sentence.partition("With a limit")[2]
        assert finding(judgement, "limit_helps").holds is None
