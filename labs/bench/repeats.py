"""What several runs of one thing say together: intervals, ratios, noise. Pure.

Nothing here takes the values for normally distributed: rates and latencies of servers
are not. The intervals are exact for independent values of a continuous distribution,
whatever it is, and conservative where values are equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from statistics import median

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """Where a quantity lies, with the confidence that was asked for."""

    low: float
    high: float

    def inverse(self) -> Interval:
        """Return the interval of 1 / x."""
        return Interval(1 / self.high, 1 / self.low)


@dataclass(frozen=True)
class Ratio:
    """How many times one sample is the other. `interval` is None for too few values."""

    value: float
    interval: Interval | None

    def inverse(self) -> Ratio:
        """Return the ratio the other way round."""
        return Ratio(1 / self.value, self.interval and self.interval.inverse())


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


def _rank(count: int, confidence: float) -> int | None:
    """Return how many values lie outside at each end, at the most."""
    tail, found = 0.0, None
    for below in range(count):
        tail += math.comb(count, below) / 2**count
        if 2 * tail > 1 - confidence:
            break
        found = below
    return found


def ratio(
    left: Sequence[float], right: Sequence[float], confidence: float = CONFIDENCE
) -> Ratio:
    """Return how many times the left values are the right ones.

    The median of all quotients, and the interval that the Mann-Whitney test gives for a
    shift, of the logarithms here: a shift of logarithms is a factor (J. L. Hodges and
    E. L. Lehmann, 1963; E. L. Lehmann, Nonparametric Confidence Intervals for a Shift
    Parameter, 1963, doi:10.1214/aoms/1177703882). A ratio with its interval is what
    T. Kalibera and R. Jones recommend (Rigorous Benchmarking in Reasonable Time, 2013,
    doi:10.1145/2555670.2464160); theirs is of means. There is no interval below 4
    values on each side for 95 %. ValueError unless all values are above 0.
    """
    if not left or not right or min(*left, *right) <= 0:
        raise ValueError("A ratio needs values above 0 on both sides")
    quotients = sorted(a / b for a, b in product(left, right))
    outside = _outside(len(left), len(right), confidence)
    interval = None
    if outside is not None:
        interval = Interval(quotients[outside], quotients[-1 - outside])
    return Ratio(_middle(quotients), interval)


def _middle(quotients: Sequence[float]) -> float:
    """Return the median, as a factor: halfway between two is their geometric mean."""
    half = len(quotients) // 2
    if len(quotients) % 2:
        return quotients[half]
    return math.sqrt(quotients[half - 1] * quotients[half])


def _outside(left: int, right: int, confidence: float) -> int | None:
    """Return the largest U that the two-sided Mann-Whitney test rejects."""
    counts = _arrangements(left, right)
    tail, found = 0, None
    for u, number in enumerate(counts):
        tail += number
        if 2 * tail > (1 - confidence) * math.comb(left + right, left):
            break
        found = u
    return found


@cache
def _arrangements(left: int, right: int) -> tuple[int, ...]:
    """Count the orders of two samples by U, the pairs in which the left is larger.

    The recurrence of H. B. Mann and D. R. Whitney (1947): the largest value of all is
    either of the left sample, above all of the right, or of the right one.
    """
    if not left or not right:
        return (1,)
    counts = [0] * (left * right + 1)
    for u, number in enumerate(_arrangements(left - 1, right)):
        counts[u + right] += number
    for u, number in enumerate(_arrangements(left, right - 1)):
        counts[u] += number
    return tuple(counts)


@dataclass(frozen=True)
class Noise:
    """What a thing differs from itself: the ratio of two halves of its runs.

    `floor` is a share: the largest difference that these runs do not exclude. A
    difference of others that is no larger may be nothing.
    """

    ratio: Ratio
    floor: float


def noise(values: Sequence[float]) -> Noise | None:
    """Split runs of one thing alternately and compare the halves.

    Alternately, so that a slow drift of the machine is in both. None for too few, or
    where a ratio has no meaning.
    """
    if not values or min(values) <= 0:
        return None
    found = ratio(values[0::2], values[1::2]) if len(values) > 1 else None
    if found is None or found.interval is None:
        return None
    return Noise(found, max(found.interval.high, 1 / found.interval.low) - 1)


@dataclass(frozen=True)
class Difference:
    """What is known of two samples. `word`: "different", "same" or "open".

    Different: the whole interval lies beyond the noise floor, on one side. Same: all of
    it lies within. Open: neither, or there is no interval.
    """

    word: str
    ratio: Ratio
    floor: float | None


def difference(
    left: Sequence[float], right: Sequence[float], floor: float | None
) -> Difference:
    """Compare two samples; without a noise floor, 1 alone must be excluded."""
    found = ratio(left, right)
    return Difference(_word(found.interval, floor), found, floor)


def _word(interval: Interval | None, floor: float | None) -> str:
    if interval is None:
        return "open"
    most = 1 + (floor or 0.0)
    if interval.low > most or interval.high < 1 / most:
        return "different"
    return "same" if 1 / most <= interval.low and interval.high <= most else "open"


__all__ = [
    "CONFIDENCE",
    "Difference",
    "Interval",
    "Noise",
    "Ratio",
    "difference",
    "median",
    "median_interval",
    "noise",
    "ratio",
]
