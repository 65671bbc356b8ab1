"""Latencies in buckets: what is lost by that is bounded, and merging loses nothing."""

import json
import random

import pytest

from labs.bench.statistics.histogram import Histogram

HOUR_US = 3_600_000_000
PERCENTS = [0, 0.1, 1, 25, 50, 75, 90, 99, 99.9, 100]


def of(*values_us: int) -> Histogram:
    histogram = Histogram()
    histogram.record_many(values_us)
    return histogram


def random_latencies(seed: int, number: int = 2000) -> list[int]:
    """Latencies of every order of magnitude, from nothing to an hour."""
    source = random.Random(seed)
    return [int(HOUR_US ** source.random()) - 1 for _ in range(number)]


class TestError:
    @pytest.mark.parametrize("value_us", [0, 1, 2047, 2048, 2049, 4094, 4095])
    def test_small_values_are_exact(self, value_us):
        assert of(value_us, 1_000_000).percentile_us(50) == value_us

    @pytest.mark.parametrize("power", range(12, 32))
    def test_it_is_bounded_around_every_power_of_two(self, power):
        for value_us in range((1 << power) - 3, (1 << power) + 4):
            found = of(value_us, HOUR_US).percentile_us(50)
            assert value_us * (1 - 1 / 2048) <= found <= value_us

    def test_it_is_bounded_everywhere(self):
        for value_us in random_latencies(seed=1, number=300):
            found = of(value_us, HOUR_US).percentile_us(50)
            assert value_us * (1 - 1 / 2048) <= found <= value_us

    def test_the_bound_is_needed(self):
        assert of(4097, HOUR_US).percentile_us(50) == 4096

    def test_what_is_longer_than_an_hour_counts_as_an_hour(self):
        histogram = of(HOUR_US, 5 * HOUR_US)
        assert histogram.percentile_us(100) == histogram.percentile_us(50)
        assert histogram.max_us == 5 * HOUR_US

    def test_a_negative_latency_is_refused(self):
        with pytest.raises(ValueError, match="must not be negative, not -1"):
            of(-1)


class TestPercentiles:
    def test_they_are_nearest_rank(self):
        histogram = of(*range(1, 11))
        found = [histogram.percentile_us(p) for p in (0, 1, 10, 11, 50, 90, 91, 100)]
        assert found == [1, 1, 1, 2, 5, 9, 10, 10]

    def test_they_never_fall_and_never_exceed_the_largest(self):
        for seed in range(20):
            histogram = of(*random_latencies(seed, number=1 + seed * 7))
            found = [histogram.percentile_us(percent) for percent in PERCENTS]
            assert found == sorted(found)
            assert found[-1] <= histogram.max_us

    def test_they_agree_with_a_sorted_list(self):
        values = sorted(random_latencies(seed=3, number=1000))
        for percent in (1, 25, 50, 90, 99, 100):
            exact = values[percent * 10 - 1]
            found = of(*values).percentile_us(percent)
            assert exact * (1 - 1 / 2048) <= found <= exact

    def test_order_does_not_matter(self):
        values = random_latencies(seed=4)
        assert of(*values).to_json() == of(*sorted(values)).to_json()

    def test_there_are_none_of_nothing(self):
        empty = Histogram()
        assert empty.percentile_us(50) is None
        assert empty.percentile_ms(50) is None
        assert (empty.mean_ms, empty.max_ms) == (None, None)

    def test_mean_and_maximum_are_of_the_values_and_not_of_the_buckets(self):
        histogram = of(10_001, 20_003)
        assert histogram.mean_ms == 15.002
        assert histogram.max_ms == 20.003
        assert histogram.percentile_ms(50) == 10.0


class TestMerge:
    def test_it_equals_recording_together(self):
        left, right = random_latencies(seed=5), random_latencies(seed=6)
        merged = of(*left)
        merged.merge(of(*right))
        together = of(*left, *right)
        assert merged.to_json() == together.to_json()
        assert merged.count == together.count == len(left) + len(right)

    def test_the_other_one_is_left_as_it_was(self):
        other = of(1, 2)
        of(3).merge(other)
        assert other.to_json() == of(1, 2).to_json()

    def test_nothing_adds_nothing(self):
        histogram = of(7)
        histogram.merge(Histogram())
        assert histogram.to_json() == of(7).to_json()


class TestJson:
    def test_what_was_written_is_read_again(self):
        histogram = of(*random_latencies(seed=7), 9 * HOUR_US)
        data = json.loads(json.dumps(histogram.to_json()))
        again = Histogram.from_json(data)
        assert again.to_json() == histogram.to_json()
        assert again.count == histogram.count
        assert again.mean_ms == histogram.mean_ms
        assert again.percentile_us(99) == histogram.percentile_us(99)

    def test_only_buckets_in_use_are_written(self):
        assert of(5, 5, 4097).to_json() == {
            "counts": {"5": 2, "4096": 1},
            "total_us": 4107,
            "max_us": 4097,
        }

    def test_nothing_is_read_as_nothing(self):
        assert Histogram.from_json(Histogram().to_json()).percentile_us(50) is None
