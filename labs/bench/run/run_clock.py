"""The time of a run: seconds since it began, on a clock that nobody sets."""

from collections.abc import Callable


class RunClock:
    """Counts from the instant it is made. `monotonic` is what the loop uses, too."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.began_s = monotonic()

    @property
    def now_s(self) -> float:
        """Seconds since the run began."""
        return self._monotonic() - self.began_s

    @property
    def stamp_s(self) -> float:
        """The same, rounded as it is written into events."""
        return round(self.now_s, 4)
