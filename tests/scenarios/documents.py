"""Result documents built by hand: a run told in a few words."""

from __future__ import annotations

from typing import Any

from labs.bench.contracts.settings import as_dict

FINE = {"holds": True, "checks": []}


def failed_check(slug: str) -> dict[str, Any]:
    """A trust section in which one check does not hold."""
    return {"holds": False, "checks": [doubt(slug)]}


def doubt(slug: str = "clock_runs_forward") -> dict[str, Any]:
    """A check that does not hold."""
    return {
        "slug": slug,
        "statement": "The clock runs forward",
        "holds": False,
        "measured": "-1 s",
        "expected": "above 0 s",
    }


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
            "server_processes_max": 1,
            "server_rss_max_bytes": 50 * 2**20,
        }
        | (summary or {}),
        "environment": {"sandbox": {"level": "strict"}},
        "trust": trust or FINE,
    }


def ended(document: dict[str, Any], t_s: float) -> dict[str, Any]:
    """The same run in which the server ended then, by its memory limit."""
    told = {"reason": "server_memory", "sentence": "Pool was ended for its memory"}
    event = {"type": "server", "t_s": t_s, "state": "gone"} | told
    return document | {"events": [*document["events"], event]}


def counted_phase(
    name: str, load: dict[str, Any], start_s: float, end_s: float, **figures: Any
) -> dict[str, Any]:
    """A phase whose requests were counted: 1,000, each answered within 2 ms."""
    counted = {
        "attempts": 1000,
        "ok": 1000,
        "errors": 0,
        "unfinished": 0,
        "clients_starved": 0,
        "connections_opened": 8,
        "requests_per_s": round(1000 / (end_s - start_s), 1),
        "latency_p50_ms": 1.0,
        "latency_p99_ms": 2.0,
        "server_cpu_percent": 50.0,
        "generator_limited": False,
    } | figures
    phase = {"name": name, "status": "measuring", "load": load, "counted": counted}
    return phase | {"start_s": start_s, "end_s": end_s}


def held_run(
    slug: str,
    load: dict[str, Any],
    params: Any,
    attack: list[tuple[int, str]],
    *,
    server: dict[str, Any] | None = None,
    series: dict[str, list[float | None]] | None = None,
    **told: Any,
) -> dict[str, Any]:
    """A run like Slowloris with another `load`; `series` are further columns."""
    document = slowloris(params, attack, **told)
    document["scenario"]["slug"] = slug
    document["server"] |= server or {}
    document["series"] |= series or {}
    document["summary"].setdefault("bytes_per_connection", None)
    for phase in document["phases"]:
        phase["load"] = phase["load"] and phase["load"] | load
    return document


def twice(
    params: Any,
    attack: str,
    defended: str,
    *,
    slow: tuple[str, str] = ("...", "xxx"),
    closed: int = 40,
    slots: int | None = 8,
    latency_ms: float = 2.0,
    trust: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A run of the defence: probes of the attack without a limit and with it.

    `slow` are the slow visitors that were due at the beginning of each half, a second
    apart, `closed` how many connections the server closed in the second attack.
    """
    before_s = params.before_s + params.spread_s
    calm = "." * round(before_s / 0.2)
    first = slowloris(params, [(params.connections, attack)], before=calm)
    second = slowloris(
        params, [(params.connections, defended)], before=calm, latency_ms=latency_ms
    )
    first["events"] += _slow_visitors(slow[0])
    second["events"] += _slow_visitors(slow[1])
    shift_s = first["phases"][-1]["end_s"] + 1.0
    document = first | {
        "scenario": {"slug": "defence", "params": as_dict(params)},
        "phases": [*first["phases"], *_later(second["phases"], shift_s)],
        "events": [*first["events"], *_later(second["events"], shift_s)],
        "series": _joined(first, second, shift_s, params.connections, closed),
        "trust": trust or FINE,
    }
    document["summary"] |= {"worker_slots": slots}
    return document


def _slow_visitors(marks: str) -> list[dict[str, Any]]:
    return [
        event | {"t_s": float(at), "client": "slow"}
        for at, event in enumerate(probes(0.0, marks, 3000.0))
    ]


def _later(rows: list[dict[str, Any]], shift_s: float) -> list[dict[str, Any]]:
    """Move phases and events in time; the phases get the names of the second half."""
    moved = []
    for row in rows:
        times = {k: round(row[k] + shift_s, 4) for k in row if k.endswith("_s")}
        name = {"name": f"defended_{row['name']}"} if "name" in row else {}
        moved.append(row | times | name)
    return moved


def _joined(
    first: dict[str, Any],
    second: dict[str, Any],
    shift_s: float,
    connections: int,
    closed: int,
) -> dict[str, list[float | None]]:
    """All ticks of both halves: connections are held in attacks, closed at the end."""
    later = [round(t_s + shift_s, 4) for t_s in second["series"]["t_s"]]
    times = [*first["series"]["t_s"], *later]
    spans = [
        (half["phases"][1]["start_s"] + by_s, half["phases"][1]["end_s"] + by_s)
        for half, by_s in ((first, 0.0), (second, shift_s))
    ]
    held = [connections if any(a < t <= b for a, b in spans) else 0 for t in times]
    return {
        "t_s": times,
        "workers_busy": [min(number, 8) for number in held],
        "slow_held": held,
        "slow_refused": [0] * len(times),
        "slow_closed": [closed if t > spans[1][1] - 0.3 else 0 for t in times],
    }
