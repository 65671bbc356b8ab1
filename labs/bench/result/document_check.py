"""Whether a document or an event has the shape that all who read it rely on.

Asked where a runner's events arrive, and again where stored results are read: rows may
come from another version, another program or a damaged disk. `docs/result.schema.json`
says more about values; this is about what would make a reader fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, get_type_hints

import msgspec

from labs.bench.contracts.board import TaskGroup
from labs.bench.contracts.events import Status, TickValues
from labs.bench.contracts.outcomes import Outcome
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.stored_events import (
    ActionEvent,
    CommandEvent,
    LogEvent,
    ProbeEvent,
    ServerEvent,
    StatusEvent,
)

MAX_RESULT_BYTES = 32 * 2**20  # a run of ten minutes has about one
MAX_EVENT_BYTES = 4 * 2**20  # a tick of a server with a thousand processes has half one
_MAX_FINDINGS = 200

Setting = bool | int | float | str | None


class RequiredOfCell(TypedDict):
    """What a reader of a board needs of each cell; runs of earlier versions have no
    more than that."""

    pid: int
    name: str
    threads: int
    rss_bytes: int
    cpu_percent: float
    waiting_in: dict[str, int]


class _StoredCell(RequiredOfCell, total=False):
    parent: int
    state: str
    pss_bytes: int | None
    open_files: int | None
    connections: int | None
    clients: list[int]
    switches_per_s: float
    tasks: list[TaskGroup]
    active: list[list[float | None]]


class _BoardDelta(TypedDict):
    changed: list[dict[str, Any]]
    gone: list[int]


class _TickEvent(TypedDict):
    type: Literal["tick"]
    t_s: float
    values: TickValues
    probes: list[list[float | str | None]]
    board: list[_StoredCell] | _BoardDelta


class _FinishedEvent(TypedDict):
    type: Literal["finished"]
    t_s: float
    status: Literal["finished", "failed", "cancelled", "lost"]
    reason: str
    message: str
    result: NotRequired[Any]
    verdict: NotRequired[str | None]
    verdict_sentence: NotRequired[str]


class _CountedLoad(TypedDict):
    type: Literal["closed_loop", "open_loop"]
    connections: int
    timeout_s: float


class _EvidenceRow(TypedDict):
    statement: str
    run: str
    measured: bool | int | float | str | None
    expected: str
    holds: bool | None
    reason: str


_PRINTED: Mapping[str, Any] = {
    "status": StatusEvent,
    "log": LogEvent,
    "tick": _TickEvent,
    "finished": _FinishedEvent,
}
_STORED: Mapping[str, Any] = {
    "probe": ProbeEvent,
    "log": LogEvent,
    "status": StatusEvent,
    "command": CommandEvent,
    "action": ActionEvent,
    "server": ServerEvent,
}
_PARTS = get_type_hints(ResultDocument)
_FIELDS_OF_CELL = get_type_hints(_StoredCell)


class Malformed(Exception):
    """What is wrong, and where: a few words for people, without a full stop."""


def check_event(event: Any) -> None:
    """Raise Malformed unless this is an event as a runner prints them.

    The result in the last one is `check_result`'s.
    """
    without_result = event
    if isinstance(event, Mapping) and event.get("type") == "finished":
        without_result = {**event, "result": None}
    _check_values(without_result, MAX_EVENT_BYTES)
    kind = without_result.get("type") if isinstance(event, Mapping) else None
    if not isinstance(kind, str) or kind not in _PRINTED:
        raise Malformed(f"type: there is no event {str(kind)[:40]!r}")
    _convert(without_result, _PRINTED[kind])
    if kind == "tick":
        _each("probes", without_result["probes"], _check_probe_row)
        if isinstance(board := without_result["board"], Mapping):
            _each("board.changed", board["changed"], _check_cell_change)
    if kind == "status" and without_result["status"] not in set(Status):
        raise Malformed(f"status: there is no {without_result['status'][:40]!r}")


def check_result(document: Any) -> None:
    """Raise Malformed unless this is a whole result document."""
    if not isinstance(document, Mapping):
        raise Malformed(f"an object was expected, not {type(document).__name__}")
    if missing := _PARTS.keys() - document.keys():
        raise Malformed(f"it lacks {', '.join(sorted(missing))}")
    check_parts(document)


def check_parts(parts: Mapping[str, Any]) -> None:
    """Raise Malformed if one of these parts of a result, by name, is not as it must
    be."""
    _check_values(parts, MAX_RESULT_BYTES)
    for name, part in parts.items():
        if name == "events":
            _each("events", part, _check_stored_event)
        elif name in _PARTS:
            _convert(part, _PARTS[name], f".{name}")
        if name in _FURTHER:
            _FURTHER[name](part)


def check_evidence_rows(rows: Any) -> None:
    """Raise Malformed unless these are the rows of a claim's evidence."""
    _check_values(rows, MAX_EVENT_BYTES)
    _convert(rows, list[_EvidenceRow])


def _convert(value: Any, shape: Any, place: str = "") -> None:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        what, _, where = str(error).replace("`", "").partition(" - at ")
        where = f"{place}{where.removeprefix('$')}".lstrip(".")
        raise Malformed(f"{where}: {what}" if where else what) from None


def _check_values(document: Any, most_bytes: int) -> None:
    """Refuse what could be stored or shown nowhere: infinite numbers, those of more
    than 64 bits, halves of surrogate pairs, nesting without end, too much of it."""
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        msgspec.json.encode(document)
    except UnicodeEncodeError:
        raise Malformed("a text in it is no Unicode") from None
    except (ValueError, OverflowError, TypeError) as error:
        raise Malformed(f"a value in it is no JSON: {str(error)[:100]}") from None
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    if len(text) > most_bytes:
        raise Malformed(f"it has {len(text)} bytes, and {most_bytes} is the most")


def _each(name: str, values: Any, check: Callable[[Any], None]) -> None:
    if not isinstance(values, list):
        raise Malformed(f"{name}: Expected array, got {type(values).__name__}")
    for place, value in enumerate(values):
        try:
            check(value)
        except Malformed as error:
            raise Malformed(f"{name}[{place}] {error}") from None


def _check_stored_event(event: Any) -> None:
    kind = event.get("type") if isinstance(event, Mapping) else None
    if not isinstance(kind, str) or kind not in _STORED:
        raise Malformed(f"there is no event {str(kind)[:40]!r}")
    _convert(event, _STORED[kind])
    for name in ("values", "knobs"):
        _check_settings(event.get(name) or {})


def _check_probe_row(row: Sequence[Any]) -> None:
    number, known = (int, float), (int, float, type(None))
    shapes: tuple[tuple[type, ...], ...] = (number, (str,), known, number)
    fits = (isinstance(value, shape) for value, shape in zip(row, shapes, strict=False))
    if not 3 <= len(row) <= len(shapes) or not all(fits):
        raise Malformed("Expected due_s, outcome, latency_ms and perhaps late_ms")
    if row[1] == Outcome.OK and row[2] is None:
        raise Malformed("Expected the latency of an answer")


def _check_cell_change(change: Mapping[str, Any]) -> None:
    _convert(change.get("pid"), int, ".pid")
    for name in change.keys() & _FIELDS_OF_CELL.keys():
        _convert(change[name], _FIELDS_OF_CELL[name], f".{name}")


def _check_settings(values: Mapping[str, Any]) -> None:
    _convert(values, dict[str, Setting])


def _check_series(series: Mapping[str, Sequence[Any]]) -> None:
    times = series.get("t_s")
    if times is None or None in times:
        raise Malformed("series.t_s: Expected when each tick was")
    for name, column in series.items():
        if len(column) != len(times):
            raise Malformed(
                f"series.{name}: Expected {len(times)} values, got {len(column)}"
            )


def _check_phases(phases: Sequence[Mapping[str, Any]]) -> None:
    for phase in phases:
        _check_settings(phase.get("knobs") or {})
        if phase.get("counted"):
            _convert(phase["load"], _CountedLoad, ".phases.load")
        counts = (phase.get("counted") or {}).get("latency", {}).get("counts", {})
        if not all(bound.isdecimal() for bound in counts):
            raise Malformed("phases.counted.latency: Expected buckets by microseconds")


def _check_findings(findings: Sequence[Any]) -> None:
    if len(findings) > _MAX_FINDINGS:
        raise Malformed(f"findings: {len(findings)}, and {_MAX_FINDINGS} is the most")


_FURTHER: Mapping[str, Callable[[Any], None]] = {
    "series": _check_series,
    "phases": _check_phases,
    "findings": _check_findings,
    "server": lambda server: _check_settings(server["knobs"]),
    "scenario": lambda scenario: _check_settings(scenario["params"]),
}
