"""The table of a run that counted requests in several steps."""

from collections.abc import Mapping
from typing import Any

# What a kind of load is measured by: clients, or requests offered in a second.
_LOADS = {"closed_loop": "connections", "open_loop": "rate_per_s"}


def build(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a row for each phase that counted requests; none where it is only one.

    Rows: `load` (clients, or requests offered in a second), `counted` (as the result
    has it), `lost` (failed and unfinished together) and `settings` (knobs in which the
    server differed).
    """
    counted = [phase for phase in result["phases"] if phase.get("counted")]
    if len(counted) < 2:
        return None
    rows = [_row(phase) for phase in counted]
    return {
        "rows": rows,
        "is_open": any(phase["load"]["type"] == "open_loop" for phase in counted),
        "is_limited": any(row["counted"].get("generator_limited") for row in rows),
    }


def _row(phase: Mapping[str, Any]) -> dict[str, Any]:
    load, counted = phase["load"], phase["counted"]
    return {
        "sentence": phase["sentence"],
        "load": load[_LOADS[load["type"]]],
        "counted": counted,
        "lost": counted["errors"] + counted["unfinished"],
        "settings": phase.get("knobs") or {},
    }
