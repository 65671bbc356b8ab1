"""Gathers every 200 ms what a tick has: of the load, the server, the probes, the cores.

The observer's reading costs processor time on the generator's core, so this room also
decides when the next tick is due.
"""

from collections.abc import Sequence
from typing import Protocol

from labs.bench.contracts import events
from labs.bench.contracts.driver import Driver
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.events import TickEvent, TickValues
from labs.bench.contracts.scenario import Plan
from labs.bench.contracts.stored_events import ProbeRow
from labs.bench.net.event_loop import EventLoop
from labs.bench.observer import board
from labs.bench.observer.core_usage import CoreWatch
from labs.bench.observer.observer import Observer
from labs.bench.observer.process import Process
from labs.bench.run.cpu_allocation import Cpus
from labs.bench.run.tick_values import LoadShare, ProbeValues, Ticker, load_names


class LoadFigures(Protocol):
    """The load as a tick shows it; without one, nothing (`NoLoad`)."""

    @property
    def children_cpu_s(self) -> float:
        """Processor time of the processes that share its work."""

    def take_window(self, length_s: float) -> TickValues:
        """Return its numbers since the last call, `length_s` seconds ago."""


class TickSampler:
    """Reads what there is to see, and makes a tick of it."""

    def __init__(
        self, plan: Plan, driver: Driver, endpoint: Endpoint, cpus: Cpus
    ) -> None:
        self._has_probe = plan.probe is not None
        self._has_action = any(phase.action for phase in plan.phases)
        self._names = load_names(plan)
        self._ticker, self._share = Ticker(), LoadShare()
        self._probe_values = ProbeValues()
        self._cores = CoreWatch(server=cpus.server, load=cpus.load)
        self._observer = Observer(endpoint, driver.busy_in, driver.meanings)
        self._board = board.Publisher()
        self._rest_until_s = 0.0

    @property
    def due_s(self) -> float:
        """When the next tick is due, in seconds since the run began.

        An observation that takes long is followed by as much time for the load: a tick
        may come late then, which is noticed, but requests do not starve.
        """
        return max(self._ticker.due_s, self._rest_until_s)

    def is_due(self, t_s: float) -> bool:
        """Whether a tick should be made now."""
        return t_s >= self.due_s

    def tick(
        self,
        t_s: float,
        pids: list[int],
        loop: EventLoop,
        load: LoadFigures,
        probes: Sequence[ProbeRow],
    ) -> TickEvent:
        """Observe, and return the tick. `probes` ended since the last one."""
        length_s, began_s = self._ticker.take(t_s), loop.now()
        values = self._load_values(length_s, loop, load)
        observation = self._observer.look(pids, loop.now())
        values |= observation.values | self._cores.take()
        if self._has_probe:
            values |= self._probe_values.take(probes)
        if self._has_action:
            values["server_processes_old"] = self._observer.old
        update = self._board.update(observation.board, t_s)
        # As long as it took, and once more for the load: see `due_s`.
        self._rest_until_s = t_s + 2 * (loop.now() - began_s)
        return events.tick(t_s, values, probes, update)

    def mark(self) -> None:
        """Something is done to the server: count its present processes apart from now
        on."""
        self._observer.mark()

    def worker(self) -> Process | None:
        """Return a process that serves, as of the last observation."""
        return self._observer.worker()

    def start_over(self) -> None:
        """The server is started anew."""
        self._observer.start_over()

    def close(self) -> None:
        """Close what is kept open."""
        self._observer.close()

    @property
    def server_cpu_s(self) -> float:
        """The server's processor time so far."""
        return self._observer.cpu_s

    @property
    def load_cpu_s(self) -> float:
        """The generator's processor time so far."""
        return self._share.total_s

    def _load_values(
        self, length_s: float, loop: EventLoop, load: LoadFigures
    ) -> TickValues:
        window = load.take_window(length_s)
        named = {name: window.get(name) for name in self._names}
        lag = {"load_lag_ms": round(1000 * loop.take_lag(), 3)}
        return named | self._share.take(length_s, load.children_cpu_s) | lag
