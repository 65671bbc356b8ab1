"""Two sets of runs compared: what is refused, what is found, and what is said."""

from __future__ import annotations

import pytest

from labs.bench.statistics import comparison
from labs.bench.statistics.figures import Figure, figures
from labs.bench.statistics.sentences import _factor
from tests.bench import runs
from tests.schemas import check

NAMES = ("NGINX", "Apache")


def compared(left: list[dict], right: list[dict], **floors: float) -> dict:
    rows = comparison.compare(figures(left), figures(right), NAMES, floors)
    for row in rows:
        check(row.as_json(), "urn:concsite:comparison:1#/$defs/compared")
    return {row.figure.slug: row for row in rows}


def rate(left: list[float], right: list[float], floor: float | None = None):
    """Compare runs that differ in their rate; return the row."""
    floors = {} if floor is None else {"requests_per_s": floor}
    return compared(runs.rates(left), runs.rates(right), **floors)["requests_per_s"]


def counted(slug: str, left: list, right: list, unit: str = "connections") -> str:
    """Return the sentence of a figure with these values."""
    sides = (
        [runs.run() | {"findings": [runs.finding(slug, value, unit)]} for value in side]
        for side in (left, right)
    )
    return compared(*sides)[slug].sentence


class TestRefusal:
    @pytest.mark.parametrize(
        ("other", "sentence"),
        [
            ({"cpu": "another"}, "processor: a processor and another"),
            ({"kernel": "6.1"}, "kernel: 6.12 and 6.1"),
            ({"cores": 8}, "number of cores: 2 and 8"),
            (
                {"sandbox": {"level": "degraded", "profile": "0123"}},
                "sandbox's level: strict and degraded",
            ),
            (
                {"pinned": {"server": [0, 1], "load": [1]}},
                "number of cores given to the server: 1 and 2",
            ),
            (
                {"pinned": {"server": [0], "load": [1, 2]}},
                "number of cores given to the load: 1 and 2",
            ),
        ],
    )
    def test_other_machines_are(self, other, sentence):
        two = [runs.run(), runs.run(environment=other)]
        assert comparison.refusal(two) == f"They differ in the {sentence}"

    def test_other_parameters_are(self):
        two = [runs.run(), runs.run(params={"connections": 8})]
        told = "They differ in the parameter connections: 64 and 8"
        assert comparison.refusal(two) == told

    def test_other_scenarios_are(self):
        two = [runs.run(), runs.run() | {"scenario": {"slug": "latency", "params": {}}}]
        assert comparison.refusal(two).endswith("scenario: throughput and latency")

    def test_other_servers_knobs_and_seeds_are_what_is_compared(self):
        two = [runs.run(), runs.run(server={"slug": "x", "knobs": {}}, seed=77)]
        assert comparison.refusal(two) == ""

    def test_which_core_it_was_does_not_matter(self):
        other = {"pinned": {"server": [2], "load": [3]}}
        assert comparison.refusal([runs.run(), runs.run(environment=other)]) == ""


class TestRemarks:
    def test_another_instrument_is_one(self):
        other = {"load_source_commit": "f" * 40, "python": "3.11.2"}
        assert comparison.remarks([runs.run(), runs.run(environment=other)]) == [
            "They were made by different versions of Python: 3.13.1, 3.11.2",
            "They were made by different versions of this program: "
            "0123456789ab, ffffffffffff",
        ]

    def test_the_same_is_none(self):
        assert comparison.remarks([runs.run(), runs.run()]) == []


class TestRates:
    def test_a_fifth_more_is_found_and_said(self):
        row = rate([120.0, 121, 122, 123, 124, 125], [100.0] * 6, floor=0.03)
        assert row.difference.word == "different"
        assert row.sentence == (
            "Requests per s: NGINX answers 1.20 to 1.25 times the requests/s of Apache"
        )

    def test_it_is_said_of_whoever_has_more(self):
        row = rate([100.0] * 6, [200.0] * 6, floor=0.03)
        assert row.sentence.endswith(
            "Apache answers 2.00 times the requests/s of NGINX"
        )
        assert row.as_json()["ratio"] == 0.5

    def test_within_the_noise_floor_there_is_no_difference(self):
        row = rate([101.0] * 6, [100.0, 100, 100, 100, 100, 100.5], floor=0.03)
        assert row.difference.word == "same"
        told = "Requests per s: no difference larger than 3 %, the noise floor"
        assert row.sentence == told

    def test_across_it_more_runs_are_asked_for(self):
        row = rate([101.0, 102, 103, 104, 105, 106], [100.0] * 6, floor=0.03)
        assert row.difference.word == "open"
        assert row.sentence == (
            "Requests per s: NGINX's is 1.010 to 1.060 times Apache's, which may be "
            "the noise (3 %); repeat more often"
        )

    def test_without_a_floor_it_may_be_no_difference(self):
        row = rate([99.0, 100, 101, 102, 103, 104], [100.0] * 6)
        assert row.sentence.endswith("which may be no difference")

    def test_five_runs_are_too_few(self):
        row = rate([200.0] * 5, [100.0] * 5, floor=0.03)
        assert row.difference.word == "open"
        assert row.sentence == (
            "Requests per s: NGINX's is 2.00 times Apache's; too few runs to tell "
            "(6 of each at least)"
        )

    def test_a_server_does_not_differ_from_itself(self):
        words = []
        for seed in range(100):
            left, right = (
                [
                    Figure(
                        "a_rate", "A rate", "", tuple(runs.spread(2 * seed + side, 12))
                    )
                ]
                for side in (0, 1)
            )
            floors = comparison.own_floors(left, right)
            [row] = comparison.compare(left, right, NAMES, floors)
            words.append(row.difference.word)
        assert words.count("different") <= 5


class TestCounts:
    def test_what_never_varies_is_said_as_it_is(self):
        told = counted("pool_size", [8] * 6, [8] * 6)
        assert told == "Pool size: 8 in every run"

    def test_all_against_nothing_is_no_ratio_and_still_a_difference(self):
        told = counted("probe_during", [0.0] * 6, [98.0, 100, 100, 99, 100, 100], "%")
        assert told == "Probe during: NGINX 0 %, Apache 98 to 100 %; Apache's is more"

    def test_a_few_against_nothing_may_be_chance(self):
        told = counted("lost", [0, 0, 0, 0, 0, 2], [0] * 6)
        assert told == (
            "Lost: NGINX 0 to 2 connections, Apache 0 connections; that may be chance"
        )

    def test_what_not_every_run_has_is_not_compared(self):
        told = counted("denied_at", [8] * 6, [8, "never", "never", "never"])
        assert told == (
            "Denied at: NGINX 8 connections, Apache 8 connections in 1 of 4 runs; runs "
            "without a number cannot be compared"
        )

    def test_nor_is_what_one_side_never_has(self):
        told = counted("denied_at", [8] * 6, ["never"] * 6)
        assert "NGINX 8 connections, Apache in no run; runs without" in told
        told = counted("denied_at", ["never"] * 6, [8] * 6)
        assert "NGINX in no run, Apache 8 connections; runs without" in told


class TestFloors:
    def figures(self, seed: int, count: int, share: float = 0.02) -> list[Figure]:
        values = tuple(runs.spread(seed, count, share=share))
        return [Figure("a_rate", "A rate", "", values)]

    def test_twelve_runs_have_their_own(self):
        assert comparison.own_floors(self.figures(1, 12))["a_rate"] > 0
        assert comparison.own_floors(self.figures(1, 11)) == {}

    def test_the_higher_one_counts(self):
        calm, wild = self.figures(1, 12, 0.01), self.figures(2, 12, 0.2)
        both = comparison.own_floors(calm, wild)["a_rate"]
        assert both == comparison.own_floors(wild)["a_rate"]
        assert both > comparison.own_floors(calm)["a_rate"]

    def test_sets_without_noise_have_none(self):
        assert comparison.highest_floors(None, {}, None) == {}


class TestFactors:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (1.0, "1.00"),
            (2.0, "2.00"),
            (1.0421, "1.042"),
            (1.004, "1.0040"),
            (0.9996, "0.99960"),
            (12.345, "12.3"),
            (1234.5, "1,234"),
            (0.00345, "0.00345"),
        ],
    )
    def test_they_can_be_told_from_one_another(self, value, text):
        assert _factor(value) == text
