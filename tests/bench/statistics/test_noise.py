"""The noise floor, and when two samples are said to differ: known answers."""

from __future__ import annotations

import itertools

import pytest

from labs.bench.statistics.noise import difference, in_turn, noise
from tests.bench.runs import spread


def floor_of(*several: list[float]) -> float:
    return max(noise(values).floor for values in several)


def compared(seed: int, count: int, factor: float = 1.0) -> str:
    """Compare a server with one that is `factor` times as fast; each has 2 % noise."""
    left = spread(2 * seed, count, 1000.0 * factor)
    right = spread(2 * seed + 1, count, 1000.0)
    return difference(left, right, floor_of(left, right)).word


class TestInTurn:
    def test_neither_is_earlier_on_the_whole(self):
        turns = [*in_turn(6)]
        assert turns == [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]
        places = [[at for at, side in enumerate(turns) if side == n] for n in (0, 1)]
        assert sum(places[0]) == sum(places[1])


class TestNoise:
    def test_it_is_the_largest_difference_that_is_not_excluded(self):
        # Halves of A B B A: 100 to 105 and 101 to 106, and so 100/106 to 105/101.
        values = [100, 101, 102, 101, 102, 103, 104, 103, 104, 105, 106, 105]
        found = noise([float(value) for value in values])
        assert found.ratio.interval.low < 1 < found.ratio.interval.high
        assert found.floor == pytest.approx(1 / found.ratio.interval.low - 1)
        assert 0.02 < found.floor < 0.06

    def test_more_runs_lower_it(self):
        few = [noise(spread(seed, 12)).floor for seed in range(20)]
        many = [noise(spread(seed, 48)).floor for seed in range(20)]
        assert sum(many) < 0.7 * sum(few)

    def test_a_machine_that_scatters_more_has_a_higher_one(self):
        calm = [noise(spread(seed, 12, share=0.01)).floor for seed in range(20)]
        wild = [noise(spread(seed, 12, share=0.1)).floor for seed in range(20)]
        assert sum(wild) > 5 * sum(calm)

    def test_a_steady_drift_is_in_both_halves_alike(self):
        drifting = [1000.0 + 10 * at for at in range(16)]
        assert noise(drifting).ratio.value == pytest.approx(1.0, abs=0.003)

    @pytest.mark.parametrize("count", [0, 1, 2, 11])
    def test_too_few_runs_have_none(self, count):
        assert noise([1.0] * count) is None
        assert noise([1.0] * 12).floor == 0.0

    def test_zeros_have_none(self):
        assert noise([0.0] * 20) is None


class TestDifference:
    def test_a_thing_does_not_differ_from_itself(self):
        words = [compared(seed, 12) for seed in range(100)]
        assert words.count("different") <= 5
        # It is mostly seen to be the same, and not merely unknown.
        assert words.count("same") >= 60

    def test_nor_where_no_noise_was_measured(self):
        words = [
            difference(spread(2 * seed, 6), spread(2 * seed + 1, 6), None).word
            for seed in range(100)
        ]
        assert words.count("different") <= 5

    @pytest.mark.parametrize("factor", [1.2, 1 / 1.2])
    def test_a_fifth_more_with_small_spread_is_found(self, factor):
        assert {compared(seed, 12, factor) for seed in range(50)} == {"different"}

    def test_six_runs_find_it_where_the_noise_was_measured_before(self):
        floor = noise(spread(99, 24)).floor
        for seed in range(50):
            left, right = spread(2 * seed, 6, 1200.0), spread(2 * seed + 1, 6)
            assert difference(left, right, floor).word == "different"

    def test_what_is_within_the_floor_is_not_said_to_differ(self):
        left = [101.0, 101.1, 101.2, 101.3, 101.4, 101.5]
        right = [100.0, 100.1, 100.2, 100.3, 100.4, 100.5]
        assert difference(left, right, None).word == "different"
        assert difference(left, right, 0.02).word == "same"
        assert difference(right, left, 0.02).word == "same"
        assert difference(left, right, 0.01).word == "open"

    def test_too_few_runs_leave_it_open(self):
        found = difference([100.0] * 5, [1.0] * 5, 0.01)
        assert (found.word, found.ratio.interval) == ("open", None)
        assert found.ratio.value == 100.0

    def test_it_says_by_how_much(self):
        found = difference([200.0] * 6, [100.0] * 6, 0.05)
        assert (found.word, found.floor, found.shift) == ("different", 0.05, None)
        assert found.ratio.interval.low == found.ratio.interval.high == 2.0


class TestDifferenceOfZeros:
    def test_all_against_nothing_is_a_difference(self):
        found = difference([0.0] * 6, [98.0, 100, 100, 99, 100, 100], 0.01)
        assert (found.word, found.ratio, found.floor) == ("different", None, None)
        assert found.shift.interval.low == -100 and found.shift.interval.high == -98

    def test_nothing_against_nothing_is_the_same(self):
        assert difference([0.0] * 6, [0.0] * 6, None).word == "same"

    def test_a_few_against_nothing_may_be_chance(self):
        assert difference([0.0, 0, 0, 0, 0, 3], [0.0] * 6, None).word == "open"

    def test_too_few_runs_leave_it_open(self):
        assert difference([0.0] * 5, [100.0] * 5, None).word == "open"

    def test_of_equal_things_no_more_than_one_in_twenty_is_said_to_differ(self):
        # Every way to deal ten different values and two zeros to two sides.
        values = [0.0, 0.0, *(float(n) for n in range(1, 11))]
        words = [
            difference(
                [values[at] for at in some],
                [values[at] for at in range(12) if at not in some],
                None,
            ).word
            for some in map(set, itertools.combinations(range(12), 6))
        ]
        assert len(words) == 924
        assert 0 < words.count("different") <= 0.05 * 924
