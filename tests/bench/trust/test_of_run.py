"""Which checks are held against which phase of a run."""

from typing import Any

import pytest

from labs.bench.contracts.loads import ClosedLoop, SlowHeads, as_json
from labs.bench.contracts.protocol import Operation
from labs.bench.statistics.histogram import Histogram
from labs.bench.trust import of_run

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
        "events": [],
        "series": {"t_s": times} | {k: [v] * 10 for k, v in columns.items()},
        "environment": {"pinned": {"server": [0], "load": [1]}},
    }


def checks(told: dict[str, Any]) -> dict[str, bool]:
    trust = of_run.trust(told, told["phases"][-1])
    return {check["slug"]: check["holds"] for check in trust["checks"]}


def held_run(*busy_percent: float, waited: float = 0.0, used: float = 0.0) -> dict:
    """A run that only holds connections, with the server's core so busy."""
    held = phase() | {"counted": None, "load": as_json(SlowHeads(64, 5.0))}
    told = document(
        held,
        server_cpu_percent=used,
        server_wait_percent=waited,
        load_cpu_percent=2.0,
        load_cores_busy_percent=5.0,
    )
    told["series"]["server_cores_busy_percent"] = list(busy_percent)
    return told


class TestHeldConnections:
    HOGGED = [5.0] * 6 + [100.0] * 4

    def checks(self, told):
        trust = of_run.trust(told, None)
        return {check["slug"]: check["holds"] for check in trust["checks"]}

    def test_others_that_kept_the_server_waiting_are_noticed(self):
        told = held_run(*self.HOGGED, waited=36.0)
        assert self.checks(told)["cores_not_contended"] is False

    def test_a_server_that_had_no_need_of_its_core_is_believed(self):
        assert self.checks(held_run(*self.HOGGED))["cores_not_contended"] is True

    def test_a_server_that_uses_its_core_up_itself_is_believed(self):
        told = held_run(*[100.0] * 10, waited=300.0, used=95.0)
        assert self.checks(told)["cores_not_contended"] is True

    def test_a_prober_that_was_away_is_noticed(self):
        told = held_run(*[5.0] * 10)
        probe = {"type": "probe", "outcome": "unfinished", "latency_ms": None}
        told["events"] = [
            probe | {"t_s": round(0.2 * n, 1), "late_ms": 900.0} for n in range(10)
        ]
        assert self.checks(told)["probes_on_time"] is False

    def test_each_step_is_looked_at(self):
        told = held_run(*[5.0] * 6, *[100.0] * 4, waited=36.0)
        first, second = dict(told["phases"][0]), dict(told["phases"][0])
        first["end_s"] = second["start_s"] = 1.2
        calm = [100.0] * 2 + [5.0] * 8  # of the whole, too little to matter
        told["series"]["server_cores_busy_percent"] = calm
        assert self.checks(told)["cores_not_contended"] is True
        told["phases"] = [first | {"end_s": 0.6}, second | {"start_s": 0.6}]
        assert self.checks(told)["cores_not_contended"] is False


class TestAtOnce:
    """What others take in the moment that decides it could refute a claim."""

    def load(self):
        return ClosedLoop(100, Operation("wait", 1000), timeout_s=1.5, once=True)

    @pytest.mark.parametrize("waited, holds", [(2.0, True), (6.0, False)])
    def test_a_moment_of_contention_is_enough(self, waited, holds):
        told = document(
            phase(self.load(), ok=85),
            server_cpu_percent=12.0,
            server_wait_percent=waited,
            load_cpu_percent=4.0,
            load_cores_busy_percent=10.0,
        )
        busy = [100.0] * 2 + [20.0] * 8
        told["series"]["server_cores_busy_percent"] = busy
        assert checks(told)["cores_not_contended"] is holds


class TestOutliers:
    STALLED = {"latency_mean_ms": 12.0, "latency_max_ms": 900.0}

    def test_a_stall_that_nobody_meant_is_not_trusted(self):
        assert checks(document(phase(**self.STALLED)))["mean_below_p99"] is False

    def test_one_after_something_was_done_to_the_server_is_what_was_looked_for(self):
        told = document(phase(), phase(action=KILL, **self.STALLED))
        assert checks(told)["mean_below_p99"] is True  # that of the phase before
