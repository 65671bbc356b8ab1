"""Makes the events of the intervals: due times, and what belongs in a tick.

Ticks fall due every 200 ms from the run's beginning. One that is late is not made up
for, and does not move the ones after it.
"""

import time
from collections.abc import Sequence

from labs.bench.contracts import loads
from labs.bench.contracts.events import TICK_S, TickValues
from labs.bench.contracts.outcomes import Outcome, is_answered
from labs.bench.contracts.scenario import Plan
from labs.bench.contracts.stored_events import ProbeRow

_LOOP = (
    "requests_per_s",
    "errors_per_s",
    "latency_p50_ms",
    "latency_p90_ms",
    "latency_p99_ms",
    "latency_max_ms",
    "in_flight",
    "connections_open",
    "connections_lost",
    "connections_idle_closed",
    "connections_announced",
)
_OPEN_LOOP = ("offered_per_s", "send_delay_ms", "waiting_to_send")
_HELD = (
    "slow_target",
    "slow_held",
    "slow_connecting",
    "slow_opened",
    "slow_refused",
    "slow_closed",
)


class Ticker:
    """Counts due times in seconds since the run began."""

    def __init__(self) -> None:
        self.due_s = TICK_S
        self._last_s = 0.0

    def take(self, t_s: float) -> float:
        """Begin a tick; return the length of its interval in seconds.

        One that is made before it is due leaves the grid as it is.
        """
        if t_s >= self.due_s:
            # Ticks that were missed are left out: to catch up would disturb the load.
            self.due_s += (int((t_s - self.due_s) / TICK_S) + 1) * TICK_S
        length_s, self._last_s = t_s - self._last_s, t_s
        return length_s


class LoadShare:
    """The generator's own use of its processor, tick by tick."""

    def __init__(self) -> None:
        self._began_s = self._last_s = time.process_time()
        self._waited_s = _waited_s()
        self._children_s = 0.0

    def take(self, length_s: float, children_s: float = 0.0) -> TickValues:
        """Return, in percent of the time since the last call, how long the generator
        ran, and how long it was ready to run while something else did.

        `children_s` is the processor time of the processes that share its work.
        """
        # Children that ended report nothing; what they used stays used.
        self._children_s = max(self._children_s, children_s)
        now_s = time.process_time() + self._children_s
        waited_s = _waited_s()
        ran_s, queued_s = now_s - self._last_s, waited_s - self._waited_s
        self._last_s, self._waited_s = now_s, waited_s
        return {
            "load_cpu_percent": round(100 * ran_s / length_s, 1),
            "load_wait_percent": round(100 * queued_s / length_s, 1),
        }

    @property
    def total_s(self) -> float:
        """Processor time since the run began."""
        return time.process_time() + self._children_s - self._began_s


def _waited_s() -> float:
    """Return how long this process has waited for a processor (proc(5), schedstat)."""
    try:
        with open("/proc/self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except FileNotFoundError:  # a kernel without CONFIG_SCHED_INFO
        return 0.0


def load_names(plan: Plan) -> tuple[str, ...]:
    """Return the names of `tick.values` that the plan's loads give."""
    offered = [phase.load for phase in plan.phases if phase.load is not None]
    names: tuple[str, ...] = ()
    if any(loads.is_loop(load) for load in offered):
        names += _LOOP
    if any(isinstance(load, loads.OpenLoop) for load in offered):
        names += _OPEN_LOOP
    if any(isinstance(load, loads.Held) for load in offered):
        names += _HELD
    return names


class ProbeValues:
    """Turns probes that came to an end into a tick's values."""

    def __init__(self) -> None:
        self._available: int | None = None

    def take(self, rows: Sequence[ProbeRow]) -> TickValues:
        """Return the probe's values of a tick in which `rows` came to an end."""
        ended = [row for row in rows if row[1] != Outcome.UNFINISHED]
        # Between two answers the last one stands: no probe is no denial.
        if ended:
            self._available = int(is_answered(ended[-1][1]))
        answered = [row[2] for row in ended if is_answered(row[1])]
        return {
            "probe_ok": len(answered),
            "probe_failed": len(ended) - len(answered),
            "probe_latency_ms": max(answered, default=None),
            "probe_available": self._available,
        }
