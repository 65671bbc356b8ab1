"""When requests of an open loop fall due. Pure: the same seed gives the same instants.

The expected number of arrivals up to `t` is the integral of the rate. A constant
process has one arrival each time it grows by one; a Poisson process each time it grows
by an exponential variate of mean 1 (time change of a unit-rate process; Cinlar,
"Introduction to Stochastic Processes", 1975, chapter 4).
"""

import math
import random

from labs.bench.contracts.loads import POISSON, OpenLoop


class Arrivals:
    """Hands out due times in seconds from the phase's beginning, one after the other.

    `length_s` is the time over which the rate goes from `rate_per_s` to
    `to_rate_per_s`; after that it stays.
    """

    def __init__(self, load: OpenLoop, length_s: float, seed: str) -> None:
        self._from, self._length_s = load.rate_per_s, length_s
        self._to = load.rate_per_s if load.to_rate_per_s is None else load.to_rate_per_s
        self._random = random.Random(seed) if load.arrivals == POISSON else None
        self._expected = 0.0
        self.next_s = 0.0
        self.advance()

    def advance(self) -> None:
        """Go on to the next arrival: `next_s` is then its due time."""
        # A Poisson process of any rate is one of rate 1 on the scale of what is
        # expected by then (time change): that is what lets the rate vary.
        self._expected += self._random.expovariate(1.0) if self._random else 1.0
        self.next_s = self._when(self._expected)

    def _when(self, expected: float) -> float:
        """Return the time by which so many arrivals are expected."""
        start, slope = self._from, self._slope
        if not slope:
            return expected / start
        within = (start + self._to) / 2 * self._length_s
        if expected > within:
            return self._length_s + (expected - within) / self._to
        # slope / 2 * t^2 + start * t = expected
        return 2 * expected / (start + math.sqrt(start**2 + 2 * slope * expected))

    @property
    def _slope(self) -> float:
        return (self._to - self._from) / self._length_s if self._length_s else 0.0
