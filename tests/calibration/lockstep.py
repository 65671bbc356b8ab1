"""The engine and a fake on one thread, with a clock that stands still while they work.

It goes on to the next instant at which either has something to do, once every request
on its way has reached the fake. So what is read depends on no machine and no other
process: the sockets are real, the time is not.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.loads import Load
from labs.bench.contracts.protocol import Protocol
from labs.bench.generator.engine import Engine
from labs.bench.generator.phase_counts import Tally
from labs.bench.net.event_loop import EventLoop, Timer
from labs.protocols.http1 import Http1
from tests.calibration.fakes import Fake

_PATIENCE_S = 20.0  # a safety net: what takes longer has gone wrong


class _CountingLoop(EventLoop):
    """A loop that says whether it had something to do, and when it will."""

    handled = 0

    def add(self, fd: int, mask: int, callback: Callable[[int], None]) -> None:
        def counted(mask: int) -> None:
            self.handled += 1
            callback(mask)

        super().add(fd, mask, counted)

    def at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        def counted() -> None:
            self.handled += 1
            callback()

        return super().at(when_s, counted)

    def step(self, max_wait_s: float) -> None:
        self._ended_s = math.inf  # since the last step it has waited, not been away
        super().step(max_wait_s)

    @property
    def next_s(self) -> float:
        return self._next_s()


class Lockstep:
    """One engine that asks one fake. Times are those of the common clock."""

    def __init__(
        self,
        kind: type[Fake],
        protocol: Protocol | None = None,
        run_seed: int = 1,
        **settings: Any,
    ) -> None:
        self.now_s = 1000.0
        self.fake = kind(clock=self.now, **settings)
        self.loop = _CountingLoop(self.now)
        endpoint = Endpoint("127.0.0.1", self.fake.port)
        self.engine = Engine(self.loop, endpoint, protocol or Http1(), run_seed)

    def now(self) -> float:
        """Return what time it is in this world."""
        return self.now_s

    def offer(self, load: Load | None, seconds: float) -> Tally:
        """Offer a load for so long; return what was counted of it so far."""
        tally = self.engine.begin_phase(load, counted=True, length_s=seconds)
        self.go_on(seconds)
        tally.settle()
        return tally

    def measure(self, load: Load, seconds: float) -> Tally:
        """Offer a load for so long, and let what is under way come home."""
        tally = self.offer(load, seconds)
        self.engine.begin_phase(None)
        while self.engine.in_flight:
            self.go_on(1.0)
        tally.settle()
        return tally

    def go_on(self, seconds: float) -> None:
        """Let so much time pass."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self._settle()
            next_s = min(self.loop.next_s, self.fake.next_s, until_s)
            self.now_s = max(self.now_s, next_s)
        self._settle()

    def close(self) -> None:
        """Close every socket."""
        self.engine.finish()
        self.loop.close()
        self.fake.close()

    def _settle(self) -> None:
        """Let both do all there is to do at this instant."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while self._turn() or self._is_on_its_way():
            assert time.monotonic() < deadline_s, "A request or an answer got lost"

    def _is_on_its_way(self) -> bool:
        """Whether a request was sent that the fake will read without any more time."""
        waiting = self.engine.waiting_to_send
        on_the_way = self.engine.in_flight - waiting > self.fake.pending
        return on_the_way and not self.fake.is_frozen

    def _turn(self) -> bool:
        before = self.loop.handled
        self.loop.step(0)
        did = self.fake.step() or self.loop.handled > before
        if not did:
            os.sched_yield()  # the kernel may have something on its way
        return did


@contextmanager
def lockstep(kind: type[Fake], *args: Any, **settings: Any) -> Iterator[Lockstep]:
    """A world that is closed in the end."""
    world = Lockstep(kind, *args, **settings)
    try:
        yield world
    finally:
        world.close()
