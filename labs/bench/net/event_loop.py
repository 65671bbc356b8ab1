"""One raw epoll loop with timers: everything a runner waits for goes through it.

It knows descriptors and instants, nothing of HTTP or of runs. Callbacks must not block.
"""

import heapq
import itertools
import math
import select
import time
from collections.abc import Callable

_BATCH = 256  # events handled before timers get their turn
_WAKING_S = 0.001  # what it may take to wake up
_ROUGHLY_S = 0.003  # so long before something is due a wait counts milliseconds
_SELECTABLE = 1024  # descriptors below it can be given to select(2): FD_SETSIZE


class Timer:
    """A callback that falls due once. `cancel` is idempotent."""

    __slots__ = ("callback", "when_s")

    def __init__(self, when_s: float, callback: Callable[[], None]) -> None:
        self.when_s = when_s
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Let it never fire."""
        # It stays in the heap until its instant: to find it there would take a search.
        self.callback = None


class EventLoop:
    """Waits for descriptors and timers, and calls back; instants in monotonic s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.now = clock
        self._epoll = select.epoll()
        self._waits_precisely = self._epoll.fileno() < _SELECTABLE
        self._poller = select.poll()
        self._poller.register(self._epoll, select.POLLIN)
        self._callbacks: dict[int, Callable[[int], None]] = {}
        # Events of one batch may be for a descriptor that an earlier one closed.
        self._removed: set[int] = set()
        self._timers: list[tuple[float, int, Timer]] = []
        # Decides between timers of the same instant, which cannot be compared.
        self._order = itertools.count()
        self._worst_lag_s = 0.0
        self._ended_s = math.inf  # when the step before came to its end

    def add(self, fd: int, mask: int, callback: Callable[[int], None]) -> None:
        """Call `callback(mask)` whenever `fd` is ready; OSError as epoll_ctl(2)."""
        self._epoll.register(fd, mask)
        self._callbacks[fd] = callback

    def modify(self, fd: int, mask: int) -> None:
        """Wait for something else on `fd`."""
        self._epoll.modify(fd, mask)

    def remove(self, fd: int) -> None:
        """Forget `fd`, also for events already fetched; KeyError if unknown."""
        del self._callbacks[fd]
        self._removed.add(fd)
        self._epoll.unregister(fd)

    def at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        """Call `callback()` once, at `when_s` or as soon after as possible."""
        timer = Timer(when_s, callback)
        heapq.heappush(self._timers, (when_s, next(self._order), timer))
        return timer

    def step(self, max_wait_s: float) -> None:
        """Wait once, at most `max_wait_s`, and call whoever is due."""
        now, timers = self.now, self._timers
        began_s = now()
        # Whoever became ready while the caller did something else had to wait, too.
        self._note_lag(began_s - self._ended_s)
        until_s = min(began_s + max_wait_s, self._next_s())
        # One system call for nearly every step; but epoll counts in milliseconds,
        # rounded up, so it must end before what is due.
        roughly_s = until_s - began_s - _ROUGHLY_S
        ready = self._epoll.poll(roughly_s if roughly_s > 0 else 0, _BATCH)
        if not ready:
            ready = self._wait(until_s)
        woke_s = now()
        self._removed.clear()
        for fd, mask in ready:
            if fd not in self._removed:
                self._callbacks[fd](mask)
        ended_s = now()
        if timers and timers[0][0] <= ended_s:
            self._run_timers(ended_s)
            ended_s = now()
        self._ended_s = ended_s
        self._note_lag(ended_s - woke_s)
        if until_s > began_s:
            self._note_lag(woke_s - until_s - _WAKING_S)

    def _wait(self, until_s: float) -> list[tuple[int, int]]:
        # select counts in microseconds, and an epoll descriptor is readable when there
        # are events.
        wait_s = until_s - self.now()
        if wait_s <= 0:
            return []
        if self._waits_precisely:
            select.select((self._epoll,), (), (), wait_s)
        else:
            self._poller.poll(math.ceil(wait_s * 1000))
        return self._epoll.poll(0, _BATCH)

    def take_lag(self) -> float:
        """Return the worst delay in seconds since the last call: how long something
        that was due had to wait for the loop."""
        worst, self._worst_lag_s = self._worst_lag_s, 0.0
        return worst

    def close(self) -> None:
        """Close the epoll descriptor; those it watched stay open."""
        self._epoll.close()

    def _next_s(self) -> float:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else float("inf")

    def _run_timers(self, now_s: float) -> None:
        while self._timers and self._timers[0][0] <= now_s:
            callback = heapq.heappop(self._timers)[2].callback
            if callback is not None:
                callback()

    def _note_lag(self, lag_s: float) -> None:
        if lag_s > self._worst_lag_s:
            self._worst_lag_s = lag_s
