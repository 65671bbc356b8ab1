"""Which checks are held against which phase of a run."""

from typing import Any

from labs.bench import selfcheck
from labs.bench.histogram import Histogram
from labs.bench.loads import ClosedLoop, as_json

KILL = {"type": "kill", "target": "worker"}


def phase(load=None, action=None, **counted) -> dict[str, Any]:
    """A phase of two seconds with 100 answers of 10 ms by one client."""
    counted = {
        "attempts": 100,
        "ok": 100,
        "errors": 0,
        "unfinished": 0,
        "clients_starved": 0,
        "measured_s": 2.0,
        "requests_per_s": 50.0,
        "latency_mean_ms": 10.0,
        "latency_p50_ms": 10.0,
        "latency_p90_ms": 10.0,
        "latency_p99_ms": 10.0,
        "latency_max_ms": 10.0,
        "latency": Histogram().to_json(),
    } | counted
    return {
        "name": "load",
        "status": "measuring",
        "start_s": 0.0,
        "end_s": 2.0,
        "load": as_json(load or ClosedLoop(1, think_s=0.01)),
        "action": action,
        "counted": counted,
    }


def document(*phases: dict[str, Any], **columns: float) -> dict[str, Any]:
    times = [round(0.2 * n, 1) for n in range(1, 11)]
    return {
        "phases": list(phases),
        "series": {"t_s": times} | {k: [v] * 10 for k, v in columns.items()},
        "environment": {"pinned": {"server": [0], "load": [1]}},
    }


def checks(told: dict[str, Any]) -> dict[str, bool]:
    trust = selfcheck.trust(told, told["phases"][-1])
    return {check["slug"]: check["holds"] for check in trust["checks"]}


class TestOutliers:
    STALLED = {"latency_mean_ms": 12.0, "latency_max_ms": 900.0}

    def test_a_stall_that_nobody_meant_is_not_trusted(self):
        assert checks(document(phase(**self.STALLED)))["mean_below_p99"] is False

    def test_one_after_something_was_done_to_the_server_is_what_was_looked_for(self):
        told = document(phase(), phase(action=KILL, **self.STALLED))
        assert checks(told)["mean_below_p99"] is True  # that of the phase before
