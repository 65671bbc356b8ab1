"""Intervals of medians and ratios: how often they hold, which is what they promise."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import pytest

from labs.bench.statistics.intervals import (
    CONFIDENCE,
    Interval,
    _arrangements,
    _outside,
    _rejected,
    median_interval,
    ratio,
    shift,
)

Draw = Callable[[random.Random], float]

# Skewed, symmetrical, with far outliers, and bounded; and the median of each.
SHAPES: dict[str, tuple[Draw, float]] = {
    "exponential": (lambda source: source.expovariate(1.0), math.log(2)),
    "normal": (lambda source: source.gauss(10, 2), 10.0),
    "lognormal": (lambda source: source.lognormvariate(0, 1), 1.0),
    "uniform": (lambda source: source.uniform(1, 3), 2.0),
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


def share(times: int, holds: Callable[[random.Random], bool]) -> float:
    """In which share of seeded trials something holds."""
    source = random.Random(4)
    return sum(holds(source) for _ in range(times)) / times


def drawn(draw: Draw, count: int, source: random.Random) -> list[float]:
    return [draw(source) for _ in range(count)]


class TestMedianInterval:
    @pytest.mark.parametrize("count", range(6))
    def test_up_to_five_values_do_not_make_one(self, count):
        assert median_interval([1.0] * count) is None

    @pytest.mark.parametrize(
        # As the usual tables have them, counted from 1.
        ("count", "first", "last"),
        [(6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (12, 3, 10), (20, 6, 15)],
    )
    def test_it_goes_from_and_to_the_ranks_of_the_tables(self, count, first, last):
        values = [*range(1, count + 1)]
        random.Random(1).shuffle(values)
        assert median_interval(values) == Interval(first, last)

    @every_shape
    @pytest.mark.parametrize("count", [6, 9, 15])
    def test_it_holds_the_median_as_often_as_it_says(self, shape, count):
        draw, middle = shape

        def holds(source: random.Random) -> bool:
            found = median_interval(drawn(draw, count, source))
            return found.low <= middle <= found.high

        # 2,000 trials: the standard error is below half a percent.
        assert share(2000, holds) >= CONFIDENCE - 0.01

    def test_equal_values_do_it_no_harm(self):
        # Whole numbers, as connections are: the median is 2.
        def holds(source: random.Random) -> bool:
            found = median_interval([source.choice([1, 2, 2, 3]) for _ in range(9)])
            return found.low <= 2 <= found.high

        assert share(2000, holds) >= CONFIDENCE

    def test_a_thousand_values_are_no_trouble(self):
        found = median_interval([*range(1000)])
        assert 460 < found.low < 480 and 519 < found.high < 539


class TestArrangements:
    @pytest.mark.parametrize(("left", "right"), [(1, 1), (2, 3), (3, 3), (4, 2)])
    def test_they_are_those_that_there_are(self, left, right):
        counts = [0] * (left * right + 1)
        for places in itertools.combinations(range(left + right), left):
            others = [n for n in range(left + right) if n not in places]
            counts[sum(a > b for a in places for b in others)] += 1
        assert _arrangements(left, right) == counts

    @pytest.mark.parametrize(
        # Critical values of the Mann-Whitney U, two-sided, 5 %: the usual table.
        ("left", "right", "most"),
        [(4, 4, 0), (5, 5, 2), (6, 6, 5), (8, 8, 13), (5, 10, 8), (20, 20, 127)],
    )
    def test_what_is_rejected_is_what_the_tables_reject(self, left, right, most):
        assert _rejected(left, right, CONFIDENCE) == most

    def test_where_there_are_many_the_normal_distribution_says_the_same(self):
        exact, near = _rejected(100, 100, CONFIDENCE), _rejected(100, 101, CONFIDENCE)
        assert 0 < near - exact < 100  # a row more of pairs, of which 42 are outside


class TestRatio:
    def test_it_is_the_median_of_all_quotients(self):
        found = ratio([2.0, 4.0, 8.0], [1.0, 2.0])
        # 1, 2, 2, 4, 4, 8: halfway between 2 and 4, as factors.
        assert found.value == pytest.approx(math.sqrt(8))

    def test_the_other_way_round_it_is_the_inverse(self):
        left, right = [2.0, 3.0, 5.0, 7.0, 9.0, 11.0], [1.0, 4.0, 6.0, 8.0, 2.5, 3.5]
        one, other = ratio(left, right), ratio(right, left)
        assert one.value == pytest.approx(1 / other.value)
        assert one.interval.low == pytest.approx(1 / other.interval.high)
        assert one.interval.inverse().low == pytest.approx(other.interval.low)

    def test_a_factor_is_found_whatever_the_unit(self):
        right = [1.0, 1.1, 0.9, 1.05, 0.97, 1.02]
        in_ms, in_us = ([k * 3 * value for value in right] for k in (1, 1000))
        assert ratio(in_ms, right).value == pytest.approx(3.0)
        assert ratio(in_us, right).value == pytest.approx(3000.0)

    @pytest.mark.parametrize(("left", "right"), [(5, 5), (5, 40), (40, 5), (1, 1)])
    def test_below_six_values_on_a_side_there_is_no_interval(self, left, right):
        assert ratio([1.0] * left, [1.0] * right).interval is None
        assert shift([1.0] * left, [1.0] * right).interval is None

    @pytest.mark.parametrize("bad", [0.0, -1.0])
    def test_values_that_have_no_quotient_are_refused(self, bad):
        with pytest.raises(ValueError, match="above 0"):
            ratio([1.0, bad], [1.0])
        with pytest.raises(ValueError, match="above 0"):
            ratio([1.0], [])

    @every_shape
    @pytest.mark.parametrize("counts", [(6, 6), (9, 9), (7, 12)], ids=str)
    def test_it_holds_the_factor_as_often_as_it_says(self, shape, counts):
        draw, _ = shape

        def holds(source: random.Random) -> bool:
            left = [1.3 * abs(value) for value in drawn(draw, counts[0], source)]
            right = [abs(value) for value in drawn(draw, counts[1], source)]
            found = ratio(left, right).interval
            return found.low <= 1.3 <= found.high

        assert share(700, holds) >= CONFIDENCE - 0.02

    @pytest.mark.parametrize("count", [6, 9, 12])
    @pytest.mark.parametrize("narrow", [0.5, 0.1, 0.001])
    def test_it_holds_where_one_side_scatters_more(self, narrow, count):
        def holds(source: random.Random) -> bool:
            left = [source.lognormvariate(0, narrow) for _ in range(count)]
            right = [source.lognormvariate(0, 1) for _ in range(count)]
            found = ratio(left, right).interval
            return found.low <= 1 <= found.high

        assert share(700, holds) >= CONFIDENCE - 0.02

    def test_the_test_alone_would_not_hold_then(self):
        # Why it is widened: a side of 12 equal values, and 12 that are above or below.
        count = 12
        only = _rejected(count, count, CONFIDENCE)
        missed = sum(
            math.comb(count, below) for below in range(count) if count * below <= only
        )
        assert 1 - 2 * missed / 2**count < 0.86
        assert _outside(count, count, CONFIDENCE) < only


class TestShift:
    def test_it_is_the_median_of_all_differences(self):
        found = shift([3.0, 5.0], [0.0, 1.0, 1.0])
        assert found.value == 3.5  # of 2, 2, 3, 4, 4, 5
