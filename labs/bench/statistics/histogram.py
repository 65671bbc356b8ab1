"""Latency histograms: exact below a limit, of bounded relative error above it.

Values are whole microseconds. Below 4,096 us every value has a bucket of its own;
above, each power of two is divided into 2,048 buckets, so a reported value is at most
1/2048 below the recorded one. (HdrHistogram's Python port keeps the same layout, but
one record costs 2.7 us there against 0.25 us for a list element, measured: a tenth of a
core at 50,000 answers a second.)
"""

import math
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Self

from labs.bench.contracts.result_document import HistogramEntry

_SUB_BITS = 11
_EXACT = 1 << (_SUB_BITS + 1)
_LARGEST_US = 3_600_000_000  # an hour; longer values are counted as that


def _index(value_us: int) -> int:
    if value_us < _EXACT:
        return value_us
    # The 11 bits behind the highest one are kept, the rest is cut off.
    shift = value_us.bit_length() - _SUB_BITS - 1
    return (shift << _SUB_BITS) + (value_us >> shift)


def _value(index: int) -> int:
    if index < _EXACT:
        return index
    shift = (index >> _SUB_BITS) - 1
    return (index - (shift << _SUB_BITS)) << shift


_BUCKETS = _index(_LARGEST_US) + 1


class Histogram:
    """Counts values; merging two equals recording all values in one."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.total_us = 0
        self.max_us = 0

    def record(self, value_us: int) -> None:
        """Count one value; negative ones are a bug of the caller (ValueError)."""
        self.record_many((value_us,))

    def record_many(self, values_us: Iterable[int]) -> None:
        """Count many values. ValueError for a negative one."""
        self.record_counts(Counter(values_us))

    def record_counts(self, different: Counter[int]) -> None:
        """Count values that are counted already. ValueError for a negative one."""
        counts = self._counts
        if not different:
            return
        if (least_us := min(different)) < 0:
            raise ValueError(f"A latency must not be negative, not {least_us}")
        for value, number in different.items():
            counts[_index(min(value, _LARGEST_US))] += number
            self.total_us += value * number
        self.count += different.total()
        self.max_us = max(self.max_us, max(different))

    def merge(self, other: Self) -> None:
        """Add what another one has counted."""
        self._counts = [a + b for a, b in zip(self._counts, other._counts, strict=True)]
        self.count += other.count
        self.total_us += other.total_us
        self.max_us = max(self.max_us, other.max_us)

    def percentile_us(self, percent: float) -> int | None:
        """Return the value that `percent` of the values do not exceed (nearest rank).

        Never above the largest value, never falling with `percent`. None when empty.
        """
        if not self.count:
            return None
        # Exactly, as it is written: in floats 99.9 % of 41,000 are more than 40,959.
        rank = max(1, math.ceil(self.count * Fraction(str(percent)) / 100))
        reached = 0
        for index, number in enumerate(self._counts):
            reached += number
            if reached >= rank:
                return min(_value(index), self.max_us)
        return self.max_us

    def percentile_ms(self, percent: float) -> float | None:
        """Return `percentile_us` in milliseconds."""
        value_us = self.percentile_us(percent)
        return None if value_us is None else value_us / 1000

    @property
    def mean_ms(self) -> float | None:
        """The mean of the recorded values themselves; None when empty."""
        return self.total_us / self.count / 1000 if self.count else None

    @property
    def max_ms(self) -> float | None:
        """The largest recorded value; None when empty."""
        return self.max_us / 1000 if self.count else None

    def to_json(self) -> HistogramEntry:
        """Write only the buckets in use: {value in us: count}."""
        # By value rather than by index: readers need not know the layout.
        counts = {
            str(_value(index)): number
            for index, number in enumerate(self._counts)
            if number
        }
        return {"counts": counts, "total_us": self.total_us, "max_us": self.max_us}

    @classmethod
    def from_json(cls, data: HistogramEntry) -> Self:
        """Read what `to_json` wrote."""
        histogram = cls()
        for value, number in data["counts"].items():
            histogram._counts[_index(int(value))] += number
            histogram.count += number
        histogram.total_us, histogram.max_us = data["total_us"], data["max_us"]
        return histogram
