"""The histogram held against sorted lists, over whatever values there may be."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.bench.statistics.histogram import Histogram
from tests.calibration.properties import bounded

HOUR_US = 3_600_000_000

# Of every order of magnitude; an hour and more is counted as an hour.
values_us = st.one_of(
    st.integers(0, 8192),
    st.integers(0, HOUR_US),
    st.integers(11, 31).flatmap(lambda p: st.integers(2**p - 2, 2**p + 2)),
)
lists = st.lists(values_us, max_size=60)
# As they are written: 99.9 is 999/1000 and not the nearest double.
percents = st.one_of(
    st.integers(0, 100),
    st.integers(0, 1000).map(lambda n: n / 10),
    st.integers(0, 100_000).map(lambda n: n / 1000),
    st.floats(0, 100),
)


def of(values: list[int]) -> Histogram:
    histogram = Histogram()
    histogram.record_many(values)
    return histogram


def nearest_rank(values: list[int], percent: float) -> int:
    """Return the least value that `percent` of all do not exceed, by its definition."""
    wanted = len(values) * Fraction(str(percent)) / 100
    ordered = sorted(values)
    return next(v for number, v in enumerate(ordered, start=1) if number >= wanted)


class TestPercentiles:
    @bounded
    @given(values=lists.filter(len), percent=percents)
    def test_they_are_the_nearest_rank_of_the_sorted_values(self, values, percent):
        exact = nearest_rank(values, percent)
        found = of(values).percentile_us(percent)
        assert exact * (1 - 1 / 2048) <= found <= exact
        assert found == exact or exact >= 4096

    @bounded
    @given(values=st.lists(st.integers(0, 4095), min_size=1), percent=percents)
    def test_below_4096_us_they_are_exact(self, values, percent):
        assert of(values).percentile_us(percent) == nearest_rank(values, percent)

    @pytest.mark.parametrize(
        ("number", "percent", "rank"),
        # In floats each of these products is a little more than the whole number.
        [(41_000, 99.9, 40_959), (83_000, 99.9, 82_917), (10_000, 0.07, 7)],
    )
    def test_fractional_ones_are_not_one_rank_high(self, number, percent, rank):
        histogram = of([1] * rank + [2] * (number - rank))
        assert histogram.percentile_us(percent) == 1

    @bounded
    @given(values=lists.filter(len), some=st.lists(percents, min_size=2))
    def test_they_never_fall_and_stay_within_the_values(self, values, some):
        histogram = of(values)
        found = [histogram.percentile_us(percent) for percent in sorted(some)]
        assert all(a <= b for a, b in itertools.pairwise(found))
        assert found[-1] <= histogram.max_us == max(values)
        assert found[0] >= min(values) * (1 - 1 / 2048)


class TestMerging:
    @bounded
    @given(parts=st.lists(lists, max_size=5), percent=percents)
    def test_it_equals_recording_all(self, parts, percent):
        merged = Histogram()
        for part in parts:
            merged.merge(of(part))
        together = of([value for part in parts for value in part])
        assert merged.to_json() == together.to_json()
        assert merged.count == together.count
        assert merged.percentile_us(percent) == together.percentile_us(percent)
        assert merged.mean_ms == together.mean_ms

    @bounded
    @given(left=lists, right=lists)
    def test_order_does_not_matter(self, left, right):
        one, other = of(left), of(right)
        one.merge(of(right))
        other.merge(of(left))
        assert one.to_json() == other.to_json()

    @bounded
    @given(values=lists, percent=percents)
    def test_what_was_stored_says_the_same(self, values, percent):
        stored = of(values)
        again = Histogram.from_json(stored.to_json())
        assert again.percentile_us(percent) == stored.percentile_us(percent)
        assert (again.count, again.mean_ms) == (stored.count, stored.mean_ms)


class TestTotals:
    @bounded
    @given(values=lists.filter(len))
    def test_count_and_mean_are_of_the_values_themselves(self, values):
        histogram = of(values)
        assert histogram.count == len(values)
        assert histogram.total_us == sum(values)
        assert histogram.mean_ms == pytest.approx(sum(values) / len(values) / 1000)
