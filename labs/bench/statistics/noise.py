"""How much runs of one thing differ from each other, and two things do. Pure.

The noise floor is measured with the same test that compares two servers, so that the
one can be held against the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.bench.statistics.intervals import Interval, Ratio, Shift, ratio, shift


@dataclass(frozen=True)
class Noise:
    """By how much a thing differs from itself: the ratio of two halves of its runs.

    `interval` is that of the ratio. `floor` is a share: the largest difference that
    these runs do not exclude. A difference of others that is no larger may be nothing.
    """

    ratio: Ratio
    interval: Interval

    @property
    def floor(self) -> float:
        """The largest difference that is still within the interval."""
        return max(self.interval.high, 1 / self.interval.low) - 1


def noise(values: Sequence[float]) -> Noise | None:
    """Split runs of one thing, in the order in which they were made, and compare.

    A B B A, as two servers are run in turn: a drift of the machine is in both halves,
    and a steady one the same in both. None for too few, below 12 for 95 %, or where a
    ratio has no meaning.
    """
    # A ratio of numbers around zero says nothing, and that of zero is none.
    if len(values) < 2 or min(values) <= 0:
        return None
    halves: tuple[list[float], list[float]] = [], []
    for side, value in zip(in_turn(len(values)), values, strict=False):
        halves[side].append(value)
    found = ratio(*halves)
    if found.interval is None:
        return None
    return Noise(found, found.interval)


def in_turn(times: int) -> Iterator[int]:
    """Yield 0 and 1 so often, as 0 1 1 0 0 1 1 0 ..."""
    for pair in range(times):
        yield from (0, 1) if pair % 2 == 0 else (1, 0)


@dataclass(frozen=True)
class Difference:
    """What is known of two samples. `word`: "different", "same" or "open".

    Different: the whole interval lies beyond the noise floor, on one side. Same: all of
    it lies within. Open: neither, or there is no interval. Where a value is 0 or below
    there is a `shift` in place of a ratio, and no floor for it.
    """

    word: str
    ratio: Ratio | None
    floor: float | None = None
    shift: Shift | None = None


def difference(
    left: Sequence[float], right: Sequence[float], floor: float | None
) -> Difference:
    """Compare two samples; without a noise floor, 1 alone must be excluded."""
    if min(*left, *right) <= 0:
        moved = shift(left, right)
        return Difference(_word(moved.interval, 0.0, 0.0), None, shift=moved)
    found, most = ratio(left, right), 1 + (floor or 0.0)
    return Difference(_word(found.interval, 1 / most, most), found, floor)


def _word(interval: Interval | None, least: float, most: float) -> str:
    """Hold an interval against what may be no difference."""
    if interval is None:
        return "open"
    if interval.low > most or interval.high < least:
        return "different"
    return "same" if least <= interval.low and interval.high <= most else "open"
