"""Where the median of runs lies, and how many times one sample is another. Pure.

Nothing here takes the values for normally distributed: rates and latencies of servers
are not. All goes by order. Values must be independent of each other; where some are
equal, an interval holds more often than it has to. What else is assumed, and what it
costs where it is not so: docs/methodology.md, "Repeating and comparing".
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product, takewhile
from statistics import NormalDist, median
from typing import Self

CONFIDENCE = 0.95
_EXACT_PAIRS = 10_000  # up to 100 runs on each side; beyond, the normal distribution


@dataclass(frozen=True)
class Interval:
    """Where a quantity lies, with the confidence that was asked for."""

    low: float
    high: float

    def as_json(self) -> list[float]:
        """Describe it for a document."""
        return [self.low, self.high]

    def inverse(self) -> Self:
        """Return the interval of 1 / x."""
        return type(self)(1 / self.high, 1 / self.low)


@dataclass(frozen=True)
class Ratio:
    """How many times one sample is the other. `interval` is None for too few values."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Shift:
    """By how much one sample is more than the other, in the unit of the values."""

    value: float
    interval: Interval | None


def median_interval(
    values: Sequence[float], confidence: float = CONFIDENCE
) -> Interval | None:
    """Return the interval of the median, between two of the ordered values.

    The number of values below the true median is binomial with p = 1/2, whatever the
    distribution (H. A. David and H. N. Nagaraja, Order Statistics, 2003, chapter 7).
    None where the least and the largest value are not enough for it: below 6 values
    for 95 %.
    """
    ordered = sorted(values)
    rank = _rank(len(ordered), confidence)
    if rank is None:
        return None
    return Interval(ordered[rank], ordered[-1 - rank])


@cache
def _rank(count: int, confidence: float) -> int | None:
    """Return how many values lie outside at each end, at the most."""
    arrangements = (math.comb(count, below) for below in range(count))
    allowed = _allowed(arrangements, 2**count, confidence)
    return allowed - 1 if allowed else None


def _allowed(arrangements: Iterable[int], of: int, confidence: float) -> int:
    """Return how many of them, from the first on, are unlikely enough together."""
    tails = accumulate(arrangements)
    most = (1 - confidence) / 2
    return sum(1 for _ in takewhile(lambda tail: tail / of <= most, tails))


def ratio(
    left: Sequence[float], right: Sequence[float], confidence: float = CONFIDENCE
) -> Ratio:
    """Return how many times the left values are the right ones.

    The median of all quotients, and the interval that the Mann-Whitney test gives for a
    shift, of the logarithms here: a shift of logarithms is a factor (J. L. Hodges and
    E. L. Lehmann, 1963; E. L. Lehmann, Nonparametric Confidence Intervals for a Shift
    Parameter, 1963, doi:10.1214/aoms/1177703882). It is widened where one side may
    scatter more than the other (`_outside`). A ratio with its interval is what
    T. Kalibera and R. Jones recommend (Rigorous Benchmarking in Reasonable Time, 2013,
    doi:10.1145/2555670.2464160); theirs is of means. No interval below 6 values on
    either side for 95 %. ValueError unless all values are above 0.
    """
    if not left or not right or min(*left, *right) <= 0:
        raise ValueError("A ratio needs values above 0 on both sides")
    quotients = sorted(a / b for a, b in product(left, right))
    return Ratio(_middle(quotients), _inner(quotients, left, right, confidence))


def shift(
    left: Sequence[float], right: Sequence[float], confidence: float = CONFIDENCE
) -> Shift:
    """Return by how much the left values are more than the right ones.

    As `ratio`, with differences instead of quotients: for values that may be 0.
    """
    differences = sorted(a - b for a, b in product(left, right))
    return Shift(median(differences), _inner(differences, left, right, confidence))


def _middle(quotients: Sequence[float]) -> float:
    """Return the median, as a factor: halfway between two is their geometric mean."""
    half = len(quotients) // 2
    if len(quotients) % 2:
        return quotients[half]
    return math.sqrt(quotients[half - 1] * quotients[half])


def _inner(
    pairs: Sequence[float],
    left: Sequence[float],
    right: Sequence[float],
    confidence: float,
) -> Interval | None:
    """Return the interval between two of the ordered pairs; None for too few values."""
    outside = _outside(len(left), len(right), confidence)
    return None if outside is None else Interval(pairs[outside], pairs[-1 - outside])


@cache
def _outside(left: int, right: int, confidence: float) -> int | None:
    """Return how many of the ordered pairs lie outside at each end, at the most.

    As many as the two-sided Mann-Whitney test allows, which takes both sides to scatter
    equally, and as many as the sign test allows if one does not scatter at all. Then
    all pairs of a value are on the same side of the truth, and U is the multiple of a
    binomial number; its variance is the largest there can be (D. van Dantzig, 1951).
    """
    left_rank, right_rank = _rank(left, confidence), _rank(right, confidence)
    if left_rank is None or right_rank is None:
        return None
    of_left, of_right = right * (left_rank + 1) - 1, left * (right_rank + 1) - 1
    return min(_rejected(left, right, confidence), of_left, of_right)


def _rejected(left: int, right: int, confidence: float) -> int:
    """Return the largest U that the two-sided Mann-Whitney test rejects.

    For at least 4 values on each side. U is normally distributed for many of them.
    """
    pairs = left * right
    if pairs > _EXACT_PAIRS:
        deviation = math.sqrt(pairs * (left + right + 1) / 12)
        quantile = NormalDist().inv_cdf((1 - confidence) / 2)
        return math.floor(pairs / 2 + quantile * deviation - 0.5)
    of = math.comb(left + right, left)
    return _allowed(_arrangements(left, right), of, confidence) - 1


def _arrangements(left: int, right: int) -> list[int]:
    """Count the orders of two samples by U, the pairs in which the left is larger.

    The coefficients of the product of (1 - q^(right + k)) / (1 - q^k) for k from 1 to
    `left`, multiplied and divided one after the other (H. B. Mann and D. R. Whitney,
    On a Test of Whether one of Two Random Variables is Stochastically Larger than the
    Other, 1947, doi:10.1214/aoms/1177730491, have the recurrence).
    """
    counts = [1] + [0] * (left * right)
    for k in range(1, left + 1):
        for u in range(len(counts) - 1, right + k - 1, -1):
            counts[u] -= counts[u - right - k]
        for u in range(k, len(counts)):
            counts[u] += counts[u - k]
    return counts
