"""What is looked at every tick, and the tick that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labs.bench.contracts import events
from labs.bench.contracts.driver import Driver
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.events import Event
from labs.bench.contracts.scenario import Plan
from labs.bench.generator.engine import Engine
from labs.bench.net.event_loop import EventLoop
from labs.bench.observer import board
from labs.bench.observer.core_usage import CoreWatch
from labs.bench.observer.observer import Observer
from labs.bench.observer.process import Process
from labs.bench.run.cpu_allocation import Cpus
from labs.bench.run.tick_values import LoadShare, ProbeValues, Ticker, load_names


class Looks:
    """The observer of the server, the generator's own use, and when a tick is due."""

    def __init__(
        self, plan: Plan, driver: Driver, endpoint: Endpoint, cpus: Cpus
    ) -> None:
        self._has_probe = plan.probe is not None
        self._acts = any(phase.action for phase in plan.phases)
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

        A look that takes long is followed by as much time for the load: a tick may come
        late then, which is noticed, but requests do not starve.
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
        engine: Engine | None,
        probes: Sequence[Any],
    ) -> Event:
        """Look, and return the tick. `probes` ended since the last one."""
        length_s, began_s = self._ticker.take(t_s), loop.now()
        values = self._of_the_load(length_s, loop, engine)
        seen = self._observer.look(pids, loop.now())
        values |= seen.values | self._cores.take()
        if self._has_probe:
            values |= self._probe_values.take(probes)
        if self._acts:
            values["server_processes_old"] = self._observer.old
        shown = self._board.update(seen.board, t_s)
        self._rest_until_s = t_s + 2 * (loop.now() - began_s)
        return events.tick(t_s, values, probes, shown)

    def mark(self) -> None:
        """Something is done to the server: count those of before apart from now on."""
        self._observer.mark()

    def worker(self) -> Process | None:
        """Return a process that serves, as of the last look."""
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

    def _of_the_load(
        self, length_s: float, loop: EventLoop, engine: Engine | None
    ) -> dict[str, float | None]:
        window = engine.take_window(length_s) if engine else {}
        children_s = engine.children_cpu_s if engine else 0.0
        named = {name: window.get(name) for name in self._names}
        lag = {"load_lag_ms": round(1000 * loop.take_lag(), 3)}
        return named | self._share.take(length_s, children_s) | lag
