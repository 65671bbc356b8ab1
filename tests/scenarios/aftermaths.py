"""Result documents of runs in which something was done to the server, by hand.

A client is answered fifty times a second; a tick is a fifth of a second; the action is
at 3 s and is watched for 4 s.
"""

from __future__ import annotations

from typing import Any

from labs.bench.contracts.settings import as_dict
from tests.scenarios.documents import FINE, probes

TICK_S, BEFORE_S, WATCHED_S = 0.2, 3.0, 4.0
_TICKS_BEFORE, _TICKS_AFTER = 15, 20


def aftermath(
    slug: str,
    params: Any,
    action: dict[str, Any],
    *,
    rates: list[float] | None = None,
    processes: tuple[int, list[int]] = (9, [9]),
    old: list[int] | None = None,
    lost: int = 0,
    idle: int = 0,
    announced: tuple[int, int] = (0, 0),
    outcomes: dict[str, int] | None = None,
    unfinished: int = 0,
    slowest_ms: float = 3.0,
    calm: str = "." * 15,
    visitors: str = "." * 20,
    latency_ms: float = 2.0,
    gone: bool = False,
    slots: int | None = None,
    knobs: dict[str, Any] | None = None,
    trust: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A run with an action. `rates` are the shares of the usual rate in the ticks after
    it, `processes` those before and in the ticks after it, `old` those of them that are
    of before; the last value of a list goes on. `calm` and `visitors` are the probes
    before and after it, the latter with `latency_ms`; `announced` counts before, after.
    """
    usual = 50.0 * params.connections
    after = [usual * share for share in _whole(rates or [1.0])]
    alive = _whole(processes[1])
    number, later = processes[0], [None] * _TICKS_BEFORE
    times = [round(TICK_S * (n + 1), 1) for n in range(_TICKS_BEFORE + _TICKS_AFTER)]
    both = (BEFORE_S, BEFORE_S + WATCHED_S)
    failed = outcomes or {}
    return {
        "server": {
            "slug": "pool",
            "name": "Pool",
            "worker_noun": "process",
            "knobs": knobs or {},
        },
        "scenario": {"slug": slug, "params": as_dict(params)},
        "phases": [
            _phase("before", 0.0, both[0], {}, 0, 3.0),
            _phase("after", *both, failed, unfinished, slowest_ms),
        ],
        "events": [
            *probes(0.0, calm),
            {"type": "action", "t_s": BEFORE_S, "done": True, **action},
            *([{"type": "server", "t_s": 3.05, "state": "gone"}] if gone else []),
            *probes(BEFORE_S, visitors, latency_ms),
        ],
        "series": {
            "t_s": times,
            "requests_per_s": [usual] * _TICKS_BEFORE + after,
            "server_processes": [number] * _TICKS_BEFORE + alive,
            "server_processes_old": later + _whole(old or [number]),
            "connections_lost": [0] * _TICKS_BEFORE + _whole([lost]),
            "connections_idle_closed": [0] * _TICKS_BEFORE + _whole([idle]),
            "connections_announced": [announced[0]] * _TICKS_BEFORE
            + _whole([announced[1]]),
        },
        "summary": {"worker_slots": slots},
        "trust": trust or FINE,
    }


def _whole(column: list[Any]) -> list[Any]:
    """Return a column of all ticks after the action; its last value goes on."""
    return column + [column[-1]] * (_TICKS_AFTER - len(column))


def _phase(
    name: str,
    start_s: float,
    end_s: float,
    failed: dict[str, int],
    unfinished: int,
    slowest_ms: float,
) -> dict[str, Any]:
    counted = {
        "outcomes": {"ok": 900} | failed,
        "unfinished": unfinished,
        "latency_max_ms": slowest_ms,
    }
    times = {"start_s": start_s, "end_s": end_s}
    return {"name": name, "status": "measuring", "counted": counted} | times
