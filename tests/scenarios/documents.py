"""Result documents built by hand: a run told in a few words."""

from __future__ import annotations

from typing import Any

from labs.bench.bounds import as_dict

FINE = {"holds": True, "checks": []}


def failed_check(slug: str) -> dict[str, Any]:
    """A trust section in which one check does not hold."""
    check = {
        "slug": slug,
        "statement": "The clock runs forward",
        "holds": False,
        "measured": "-1 s",
        "expected": "above 0 s",
    }
    return {"holds": False, "checks": [check]}


def probes(start_s: float, outcomes: str, latency_ms: float = 2.0) -> list[dict]:
    """One probe every 0.2 s from `start_s`: `.` answered, `x` given up."""
    return [
        {
            "type": "probe",
            "t_s": round(start_s + 0.2 * at, 4),
            "outcome": "ok" if mark == "." else "read_timeout",
            "latency_ms": latency_ms if mark == "." else None,
        }
        for at, mark in enumerate(outcomes)
    ]


def slowloris(
    params: Any,
    attack: list[tuple[int, str]],
    *,
    before: str = "." * 10,
    after: str = "...",
    latency_ms: float = 2.0,
    summary: dict[str, Any] | None = None,
    busy: list[float | None] | None = None,
    trust: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A slowloris run: before, steps (connections, probes), after."""
    phases, events, start_s = [], [], 0.0
    for name, load, marks in [
        ("before", None, before),
        *(("attack", n, marks) for n, marks in attack),
        ("after", None, after),
    ]:
        end_s = round(start_s + 0.2 * len(marks), 4)
        load = load and {"type": "slow_heads", "connections": load, "interval_s": 5.0}
        phases.append(
            {"name": name, "start_s": start_s, "end_s": end_s, "load": load}
            | {"status": "measuring", "sentence": ""}
        )
        slow = latency_ms if name == "attack" else 2.0
        events += probes(start_s, marks, slow)
        start_s = end_s
    most = max((n for n, _ in attack), default=0)
    times = [round(0.2 * (k + 1), 4) for k in range(round(start_s / 0.2))]
    return {
        "server": {"slug": "pool", "name": "Pool", "worker_noun": "process"},
        "scenario": {"slug": "slowloris", "params": as_dict(params)},
        "phases": phases,
        "events": events,
        "series": {"t_s": times, "workers_busy": busy or [None] * len(times)},
        "summary": {
            "connections_held_max": most,
            "slow_closed": 0,
            "slow_refused": 0,
            "worker_slots": None,
            "workers_busy_max": max((b for b in busy or () if b), default=None),
        }
        | (summary or {}),
        "trust": trust or FINE,
    }
