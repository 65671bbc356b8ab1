"""Lets a run's event loop work from one event to the next, and ends it if it must.

What is done at each turn is the same before and after the server answers; only the
load side differs: `NoLoad` before, a `Measurement` after.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.events import Event, TickValues
from labs.bench.contracts.stored_events import ProbeRow
from labs.bench.generator.tick_window import Totals
from labs.bench.net.event_loop import EventLoop
from labs.bench.run.control import Control
from labs.bench.run.current_server import CurrentServer
from labs.bench.run.event_outbox import EventOutbox
from labs.bench.run.run_clock import RunClock
from labs.bench.run.schedule import Schedule
from labs.bench.run.server_actions import ServerActions
from labs.bench.run.tick_sampler import LoadFigures, TickSampler

# How often to ask whether the server lives and whether to stop.
CHECK_S = 0.05


class Stopped(Exception):
    """Somebody asked for the end of the run; the text says who."""


class LoadSide(LoadFigures, Protocol):
    """What is on the other side of the server: clients and probes."""

    @property
    def totals(self) -> Totals:
        """What was counted beside the attempts."""

    def take_probes(self) -> Sequence[ProbeRow]:
        """Return the honest client's probes that ended since the last call."""

    def check(self) -> None:
        """Raise BenchFault if a part of the instrument has failed."""


class NoLoad:
    """Nobody is there before the server has answered for the first time."""

    children_cpu_s = 0.0

    def __init__(self) -> None:
        self.totals = Totals()

    def take_window(self, length_s: float) -> TickValues:
        return {}

    def take_probes(self) -> Sequence[ProbeRow]:
        return []

    def check(self) -> None:
        return


@dataclass
class RunLoop:
    """The parts of a run that are there from its beginning to its end.

    `longest_s`: the run is ended as a fault of ours when it takes longer.
    """

    loop: EventLoop
    clock: RunClock
    control: Control
    out: EventOutbox
    schedule: Schedule
    sampler: TickSampler
    actions: ServerActions
    server: CurrentServer
    longest_s: float
    load: LoadSide = field(default_factory=NoLoad)

    def turn(self, until_s: float) -> Iterator[Event]:
        """Work until then, or until there is an event to hand out."""
        clock, loop = self.clock, self.loop
        deadline_s = min(until_s, self.sampler.due_s, clock.now_s + CHECK_S)
        loop.step(0)  # at least once, however late it is
        while not self.out.is_pending and (left_s := deadline_s - clock.now_s) > 0:
            loop.step(left_s)
        if self.sampler.is_due(clock.now_s):
            self.tick()
        yield from self.out.pending()
        self._check()

    def tick(self) -> None:
        """Publish what there is to see now."""
        t_s, pids = self.clock.now_s, self.server.program.pids
        probes = self.load.take_probes()
        self.schedule.add_probes(probes, t_s)
        self.out.publish(self.sampler.tick(t_s, pids, self.loop, self.load, probes))
        if number := self.server.program.take_out_of_memory():
            self.actions.report_out_of_memory(number)

    def wait_for_the_server(self) -> Iterator[Event]:
        """Work until the server answers; ServerFault if it takes too long."""
        while not self.server.program.answers:
            yield from self.turn(self.clock.now_s + CHECK_S / 5)

    def _check(self) -> None:
        if self.control.stop_reason:
            raise Stopped(self.control.stop_reason)
        self._check_server()
        self.load.check()
        if self.clock.now_s > self.longest_s:
            raise BenchFault(
                f"The run was not over after {self.longest_s:g} s, the most its plan "
                "allows",
                reason=Reason.WALL_TIME,
            )

    def _check_server(self) -> None:
        program = self.server.program
        program.check(may_end=self.schedule.may_end)
        if self.server.has_newly_ended():
            self.actions.report_end(program.end)
            if program.end is not None:
                self.schedule.cut(self.clock.now_s)
