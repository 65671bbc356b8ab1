"""Evidence: how a claim stands by what its runs gave."""

import pytest

from labs.bench.claims.declaration import parse
from labs.bench.claims.evidence import Standing, judge
from labs.bench.claims.expectations import Observed


def result(verdict="measured", findings=(), **summary):
    return {
        "verdict": verdict,
        "sentence": "The generator was the limit",
        "summary": summary,
        "findings": list(findings),
    }


def finding(slug, measured, holds=None):
    return {
        "slug": slug,
        "statement": slug.replace("_", " ").capitalize(),
        "measured": measured,
        "holds": holds,
    }


def stands(expect, **observed):
    """Judge a claim about servers a, b, ...; what is given of each is what was seen."""
    runs = [{"server": name, "scenario": "capacity"} for name in observed]
    claim = parse("slug", "S1", "It is so", runs, [expect])
    seen = {
        name: given if isinstance(given, Observed) else Observed(given)
        for name, given in observed.items()
    }
    return judge(claim, seen)


ABSENT = Observed(reason="Ferron is not on this machine", unavailable=True)
UNSURE = result("inconclusive", served_at_once=1)
ONE = {"figure": "served_at_once", "equals": 1}


class TestOneFigure:
    @pytest.mark.parametrize(
        ("expect", "value", "standing"),
        [
            ({"equals": 8}, 8, "holds"),
            ({"equals": 8}, 7.9, "refuted"),
            ({"equals": 8, "within_percent": 5}, 7.9, "holds"),
            ({"equals": 8, "within_percent": 5}, 7.5, "refuted"),
            ({"at_least": 5000}, 5000, "holds"),
            ({"at_least": 5000}, 4999, "refuted"),
            ({"at_most": 2}, 2, "holds"),
            ({"at_most": 2}, 2.1, "refuted"),
        ],
    )
    def test_it_is_held_against_a_number(self, expect, value, standing):
        expect = expect | {"figure": "served_at_once"}
        assert stands(expect, a=result(served_at_once=value)).standing == standing

    def test_it_may_be_held_against_another_figure_of_the_run(self):
        expect = {"figure": "served_at_once", "equals": "worker_slots"}
        pool = result(served_at_once=8, worker_slots=8)
        assert stands(expect, a=pool).standing == "holds"
        loop = result(served_at_once=8, worker_slots=None)
        assert stands(expect, a=loop).standing == "inconclusive"

    def test_a_finding_that_measured_will_do(self):
        seen = result(findings=[finding("served_at_once", 1)])
        assert stands(ONE, a=seen).standing == "holds"

    def test_a_run_without_it_says_nothing(self):
        evidence = stands(ONE, a=result())
        assert evidence.standing == "inconclusive"
        assert evidence.sentence == "a: The run has no such figure"


class TestVerdictsAndFindings:
    def test_a_verdict_must_be_among_those_named(self):
        expect = {"verdict": ["holds", "degrades"]}
        assert stands(expect, a=result("degrades")).standing == "holds"
        assert stands(expect, a=result("denied")).standing == "refuted"

    def test_a_finding_must_hold(self):
        expect = {"finding": "tasks_constant"}
        for holds, standing in ((True, "holds"), (False, "refuted")):
            seen = result(findings=[finding("tasks_constant", 3, holds)])
            assert stands(expect, a=seen).standing == standing

    def test_one_without_an_opinion_decides_nothing(self):
        seen = result(findings=[finding("tasks_constant", 3)])
        assert stands({"finding": "tasks_constant"}, a=seen).standing == "inconclusive"


class TestGroups:
    ABOVE = {"figure": "per_s", "of": ["a", "b"], "above": "c", "margin_percent": 10}

    def compared(self, a, b, c):
        seen = {n: result(per_s=v) for n, v in zip("abc", (a, b, c), strict=True)}
        return stands(self.ABOVE, **seen)

    def test_the_lowest_of_one_must_be_above_the_highest_of_the_other(self):
        assert self.compared(300, 120, 100).standing == "holds"
        assert self.compared(300, 90, 100).standing == "refuted"

    def test_a_difference_below_the_margin_is_none(self):
        assert self.compared(300, 109, 100).standing == "refuted"

    def test_it_says_which_ones_decided(self):
        assert self.compared(300, 90, 100).rows[0].measured == (
            "lowest 90 (b), highest of the others 100 (c)"
        )

    def test_below_is_the_other_way_round(self):
        expect = {"figure": "bytes", "of": "a", "below": ["b", "c"]}
        seen = {n: result(bytes=v) for n, v in zip("abc", (5, 7, 9), strict=True)}
        assert stands(expect, **seen).standing == "holds"
        seen["b"] = result(bytes=4)
        assert stands(expect, **seen).standing == "refuted"

    def test_an_inconclusive_run_makes_it_so(self):
        unsure = result("inconclusive", per_s=500)
        evidence = stands(
            self.ABOVE, a=unsure, b=result(per_s=120), c=result(per_s=100)
        )
        assert evidence.standing == "inconclusive"
        assert "a: Inconclusive" in evidence.rows[0].reason

    def test_those_that_are_not_here_are_left_out(self):
        evidence = stands(self.ABOVE, a=ABSENT, b=result(per_s=120), c=result(per_s=9))
        assert evidence.standing == "holds"

    def test_the_same_within_a_tolerance(self):
        expect = {"figure": "held", "same_within_percent": 1}
        alike = stands(expect, a=result(held=5000), b=result(held=4990))
        differing = stands(expect, a=result(held=5000), b=result(held=2500))
        assert (alike.standing, differing.standing) == ("holds", "refuted")


class TestStanding:
    FINE, WRONG = result(served_at_once=1), result(served_at_once=4)

    @pytest.mark.parametrize(
        ("a", "b", "standing"),
        [
            (FINE, FINE, Standing.HOLDS),
            (FINE, WRONG, Standing.REFUTED),
            (UNSURE, WRONG, Standing.REFUTED),
            (FINE, UNSURE, Standing.INCONCLUSIVE),
            (FINE, Observed(), Standing.OPEN),
            (FINE, ABSENT, Standing.HOLDS),
            (UNSURE, ABSENT, Standing.INCONCLUSIVE),
            (ABSENT, ABSENT, Standing.NOT_MEASURABLE),
            (Observed(), ABSENT, Standing.OPEN),
        ],
    )
    def test_it_is_decided_by_the_weakest_run(self, a, b, standing):
        assert stands(ONE, a=a, b=b).standing == standing

    def test_a_refutation_says_where(self):
        assert stands(ONE, a=self.FINE, b=self.WRONG).sentence == (
            "b: served at once: 4, expected 1"
        )

    def test_an_absent_server_is_named(self):
        evidence = stands(ONE, a=self.FINE, b=ABSENT)
        assert evidence.sentence == "As expected in the one check; not here: b"
        assert stands(ONE, b=ABSENT).sentence == "b: Ferron is not on this machine"

    def test_what_is_missing_is_counted(self):
        evidence = stands(ONE, a=self.FINE, b=Observed(), c=Observed())
        assert evidence.sentence == "1 of 3 runs have been made"
