"""Claims: what their files may say, and the runs that come of it."""

import pytest

from labs.bench.claims.declaration import WantedRun, parse
from labs.bench.contracts.errors import SpecError

RUN = {"server": "single-thread", "scenario": "capacity"}
EXPECT = {"figure": "served_at_once", "equals": 1}


def claim(runs=(RUN,), expect=(EXPECT,)):
    return parse("one-at-a-time", "S1", "It serves one at a time", runs, expect)


def names(*runs):
    return [run.name for run in claim(runs).runs]


class TestRuns:
    def test_one_is_called_by_its_server(self):
        assert claim().runs == (
            WantedRun("single-thread", "single-thread", "capacity"),
        )

    def test_a_list_of_servers_makes_one_for_each(self):
        assert names(RUN | {"server": ["php-fpm", "nginx"]}) == ["php-fpm", "nginx"]

    def test_lists_of_values_make_one_for_each_combination(self):
        several = {"knobs": {"processes": [4, 8]}, "params": {"connections": [1, 2]}}
        assert names(RUN | several) == [
            "single-thread (processes 4, connections 1)",
            "single-thread (processes 4, connections 2)",
            "single-thread (processes 8, connections 1)",
            "single-thread (processes 8, connections 2)",
        ]

    def test_a_single_value_is_not_part_of_the_name(self):
        assert names(RUN | {"knobs": {"processes": 4}}) == ["single-thread"]

    def test_a_name_of_its_own_may_hold_the_server(self):
        given = RUN | {"server": ["a", "b"], "name": "idle on {server}"}
        assert names(given) == ["idle on a", "idle on b"]

    def test_two_of_one_name_are_refused(self):
        with pytest.raises(SpecError, match="two runs called 'single-thread'"):
            claim([RUN, RUN])

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"server": "x"}, "Run 1 names no scenario"),
            ({"scenario": "x"}, "Run 1 names no server"),
            (RUN | {"host": "x"}, "Run 1: unknown key 'host'"),
            ("nginx", "Run 1 must be a mapping, not 'nginx'"),
            (RUN | {"knobs": [1]}, "Run 1: knobs must be a mapping"),
            (RUN | {"server": [["a"]]}, "Run 1: server must be text"),
            (RUN | {"scenario": ["a"]}, "Run 1: scenario must be text"),
        ],
    )
    def test_what_is_malformed_is_named(self, told, words):
        with pytest.raises(SpecError, match=words):
            claim([told])


class TestExpectations:
    def chosen(self, selectors, runs):
        expected = EXPECT | {"of": selectors}
        return [run.name for run in claim(runs, [expected]).expect[0].runs]

    def test_without_a_choice_it_is_of_every_run(self):
        runs = [RUN, RUN | {"server": "nginx"}]
        assert len(claim(runs).expect[0].runs) == 2

    def test_runs_are_chosen_by_name_server_or_scenario(self):
        slow = {"server": "nginx", "scenario": "slowloris", "name": "slow"}
        runs = [RUN, slow]
        assert self.chosen("slow", runs) == ["slow"]
        assert self.chosen("nginx", runs) == ["slow"]
        assert self.chosen(["capacity"], runs) == ["single-thread"]

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({}, "one of verdict, finding and figure"),
            ({"verdict": "fine"}, "'fine' is no verdict"),
            ({"figure": "x"}, "must have one of equals, at_least"),
            ({"figure": "x", "equals": 1, "at_most": 2}, "must have one of equals"),
            ({"verdict": "holds", "of": "nobody"}, "'nobody', which no run is called"),
            (
                {"verdict": "holds", "finding": "x"},
                "one of verdict, finding and figure",
            ),
            ({"verdict": "holds", "when": "now"}, "unknown key 'when'"),
        ],
    )
    def test_what_is_malformed_is_named(self, told, words):
        with pytest.raises(SpecError, match=words):
            claim(expect=[told])

    @pytest.mark.parametrize(("runs", "expect"), [([], [EXPECT]), ([RUN], [])])
    def test_a_claim_needs_a_run_and_an_expectation(self, runs, expect):
        with pytest.raises(SpecError, match="at least one run and one expectation"):
            claim(runs, expect)
