"""The parts of the load engine: one for each kind of load, all driven in the same way.

When a phase begins, every part is applied: the one that carries out the phase's kind of
load gets it, every other one gets None and closes what it still has open.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from labs.bench.contracts.loads import Load
from labs.bench.contracts.protocol import Protocol
from labs.bench.generator.phase_counts import Tally
from labs.bench.generator.tick_window import Window
from labs.bench.net.client_sockets import Sources
from labs.bench.net.event_loop import EventLoop

L = TypeVar("L", bound=Load)


@dataclass(frozen=True)
class LoadContext:
    """What all parts of one engine share: where they connect to, and how they count."""

    loop: EventLoop
    address: tuple[str, int]
    protocol: Protocol
    window: Window
    sources: Sources


@dataclass(frozen=True)
class PhaseStart:
    """A phase that begins. Attempts that begin in it are counted in `tally`; `length_s`
    is how long a changing rate changes, `seed` decides the instants of arrivals."""

    tally: Tally
    length_s: float = 0.0
    seed: str = ""


class LoadPart(ABC, Generic[L]):
    """Carries out the loads of `kinds` (classes of contracts.loads)."""

    kinds: tuple[type[L], ...]

    def begin(self, load: Load | None, phase: PhaseStart) -> None:
        """Apply a phase's load if it is of this part's kinds, else none."""
        self.apply(load if isinstance(load, self.kinds) else None, phase)

    @abstractmethod
    def apply(self, load: L | None, phase: PhaseStart) -> None:
        """Offer this load from now on: open or close the difference to the one before.

        None ends the load; requests under way may still be answered.
        """

    @abstractmethod
    def finish(self) -> None:
        """Close every socket; what is under way is counted as unfinished."""
