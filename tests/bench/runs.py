"""Result documents of pretended runs: as a run leaves them, with what it measured."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from labs.bench.statistics.histogram import Histogram

MACHINE = {
    "kernel": "6.12",
    "cpu": "a processor",
    "cores": 2,
    "memory_bytes": 4 * 2**30,
    "python": "3.13.1",
    "sandbox": {"level": "strict", "profile": "0123"},
    "pinned": {"server": [0], "load": [1]},
    "load_source_commit": "0123456789abcdef0123456789abcdef01234567",
}
NUMBERS = (
    "server_processes_max",
    "server_threads_max",
    "server_rss_max_bytes",
    "server_cpu_s",
    "load_cpu_s",
    "accept_queue_max",
    "workers_busy_max",
    "worker_slots",
)
CLOSED = {
    "type": "closed_loop",
    "connections": 64,
    "operation": {"name": "ping", "argument": 0},
    "keep_alive": True,
    "timeout_s": 10.0,
}


def finding(slug: str, measured: Any, unit: str = "requests/s") -> dict[str, Any]:
    told = {"slug": slug, "statement": slug.replace("_", " ").capitalize()}
    return told | {"holds": None, "measured": measured, "expected": None, "unit": unit}


def histogram(latencies_us: Sequence[int]) -> Histogram:
    one = Histogram()
    one.record_many(latencies_us)
    return one


def counted(latencies_us: Sequence[int], **told: Any) -> dict[str, Any]:
    one = histogram(latencies_us)
    return {
        "attempts": one.count,
        "ok": one.count,
        "errors": 0,
        "unfinished": 0,
        "outcomes": {"ok": one.count},
        "connections_opened": 64,
        "clients_starved": 0,
        "measured_s": 10.0,
        "requests_per_s": one.count / 10,
        "latency_mean_ms": one.mean_ms,
        "latency_p50_ms": one.percentile_ms(50),
        "latency_p90_ms": one.percentile_ms(90),
        "latency_p99_ms": one.percentile_ms(99),
        "latency_max_ms": one.max_ms,
        "latency": one.to_json(),
        "load_cpu_percent": 40.0,
        "server_cpu_percent": 90.0,
        "generator_limited": False,
    } | told


def phase(
    latencies_us: Sequence[int],
    name: str = "load",
    load: dict[str, Any] | None = None,
    **told: Any,
) -> dict[str, Any]:
    """A phase that counted answers of these latencies."""
    return {
        "name": name,
        "status": "measuring",
        "start_s": 1.0,
        "end_s": 11.0,
        "load": CLOSED | (load or {}),
        "action": None,
        "knobs": {},
        "sentence": "64 clients ask as fast as answered",
        "counted": counted(latencies_us, **told),
    }


def run(
    findings: dict[str, Any] | None = None,
    phases: Sequence[dict[str, Any]] = (),
    *,
    verdict: str = "measured",
    seed: int = 1,
    server: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A finished run with these numbers among its findings, and these phases."""
    told = findings or {}
    return {
        "schema": "concsite-result/1",
        "status": "finished",
        "reason": "",
        "message": "",
        "server": {
            "slug": "pool",
            "name": "Pool",
            "version": "1.0",
            "concurrency_model": "thread-pool",
            "worker_noun": "thread",
            "knobs": {"threads": 8},
        }
        | (server or {}),
        "scenario": {
            "slug": "throughput",
            "params": {"connections": 64} | (params or {}),
        },
        "seed": seed,
        "environment": MACHINE | (environment or {}),
        "started_at": "2026-11-25T10:00:00.000+00:00",
        "duration_s": 12.0,
        "configuration": {},
        "phases": list(phases) or [phase([1000])],
        "verdict": verdict,
        "sentence": "So it was",
        "findings": [finding(slug, value) for slug, value in told.items()],
        "summary": dict.fromkeys(NUMBERS) | _of(phases),
        "series": {"t_s": []},
        "events": [],
        "trust": {"holds": True, "checks": []},
    }


def _of(phases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the summary says of the last phase."""
    told = (list(phases) or [phase([1000])])[-1]["counted"]
    left_out = ("outcomes", "connections_opened", "latency", "generator_limited")
    left_out += ("load_cpu_percent", "server_cpu_percent")
    return {name: value for name, value in told.items() if name not in left_out}


def rates(values: Sequence[float], **told: Any) -> list[dict[str, Any]]:
    """Runs that differ in their rate."""
    return [
        run({"requests_per_s": value}, seed=seed, **told)
        for seed, value in enumerate(values, start=1)
    ]


def spread(seed: int, count: int, middle: float = 1000.0, share: float = 0.02) -> list:
    """Values about `middle` that scatter by a share of it, skewed as rates are: a run
    is disturbed and slower, and never faster than the machine."""
    source = random.Random(seed)
    return [
        middle * (1 + source.gauss(0, share / 2) - source.expovariate(2 / share) / 2)
        for _ in range(count)
    ]
