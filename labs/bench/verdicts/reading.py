"""Reads probes, steps and trust out of a result document, for all judges.

Pure: everything is computed from the document, so that it can be judged again later.
Times are the document's: seconds since the run began.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from labs.bench.contracts.outcomes import Outcome, is_answered
from labs.bench.contracts.result_document import (
    Columns,
    PhaseEntry,
    ResultDocument,
    tick_times,
)
from labs.bench.contracts.scenario import STREAK, Finding, PhaseName
from labs.bench.verdicts.wording import count


@dataclass(frozen=True)
class Probe:
    """One honest request. `latency_ms` is None unless it was answered."""

    due_s: float
    outcome: str
    latency_ms: float | None

    @property
    def ok(self) -> bool:
        """Whether it was answered within its limit."""
        return is_answered(self.outcome)

    @property
    def done_s(self) -> float:
        """When its answer had arrived; when it was due, if none came."""
        return self.due_s + (self.latency_ms or 0.0) / 1000


@dataclass(frozen=True)
class AttackStep:
    """A stretch of the attack with one number of slow connections."""

    connections: int
    start_s: float
    end_s: float
    probes: tuple[Probe, ...]
    ended: bool = False  # the server ended in it, or after it: it was the last

    @property
    def denied(self) -> bool:
        """Whether more than half of the probes due in it were not answered, or nobody
        was there any more to answer them."""
        failed = sum(not probe.ok for probe in self.probes)
        return self.ended or failed * 2 > len(self.probes)


@dataclass(frozen=True)
class Denial:
    """From the first unanswered probe to the next answer (None: it never came)."""

    from_s: float
    until_s: float | None


@dataclass(frozen=True)
class ServerEnd:
    """The server ended under an attack or after it. `sentence` says how, for people."""

    t_s: float
    reason: str
    sentence: str


def offered(result: ResultDocument, name: str) -> tuple[int, ...]:
    """Return the numbers of connections that the phases of a name offered, in order;
    the same number twice in a row is one."""
    loads = [phase["load"] for phase in result["phases"] if phase["name"] == name]
    numbers = [load["connections"] for load in loads if load]
    return tuple(number for number, _ in itertools.groupby(numbers))


def clients(result: ResultDocument, name: str) -> str:
    """Write how many clients there were in the phases of a name: "2, then 64 clients"
    where a command changed their number."""
    *before, last = offered(result, name) or (0,)
    return "".join(f"{number:,}, then " for number in before) + count(last, "client")


def server_end(result: ResultDocument) -> ServerEnd | None:
    """Return how the server ended; None if it lived on, or somebody killed it."""
    for event in result["events"]:
        if event["type"] == "server" and event["state"] == "gone":
            reason, sentence = event.get("reason"), event.get("sentence", "")
            if reason:
                return ServerEnd(event["t_s"], reason, sentence)
    return None


def out_of_memory(result: ResultDocument) -> int:
    """Return how many processes of a server that lived on were ended for memory."""
    return sum(e.get("processes", 0) for e in result["events"] if e["type"] == "server")


class ProbeReading:
    """The probes of a run with phases before, attack and after."""

    def __init__(self, result: ResultDocument) -> None:
        self._phases = result["phases"]
        self.all = probes_of(result)
        self.end = server_end(result)

    def during(self, name: str) -> tuple[Probe, ...]:
        """Return the probes due in the phases of this name."""
        return tuple(
            probe
            for phase in self._named(name)
            for probe in self._between(phase["start_s"], phase["end_s"])
        )

    def ok_ratio(self, name: str) -> float | None:
        """Return the answered share of the probes due in a phase; None without any."""
        probes = self.during(name)
        if not probes:
            return None
        return round(sum(probe.ok for probe in probes) / len(probes), 4)

    @cached_property
    def steps(self) -> tuple[AttackStep, ...]:
        """The steps of the attack, in order, those without a probe left out.

        The server can only have ended in the last one, or after it: there is no other.
        """
        steps = []
        attacks = self._named(PhaseName.ATTACK)
        for phase in attacks:
            probes = self._between(phase["start_s"], phase["end_s"])
            ended = self.end is not None and phase is attacks[-1]
            if probes or ended:
                connections = phase["load"]["connections"] if phase["load"] else 0
                span = phase["start_s"], phase["end_s"]
                steps.append(AttackStep(connections, *span, probes, ended))
        return tuple(steps)

    @property
    def denied_step(self) -> AttackStep | None:
        """The first step in which the server was denied to honest clients."""
        return next((step for step in self.steps if step.denied), None)

    @property
    def tolerated_step(self) -> AttackStep | None:
        """The last step before that; the last of all if it never was denied."""
        denied = self.denied_step
        before = [s for s in self.steps if denied is None or s.start_s < denied.start_s]
        return before[-1] if before else None

    @cached_property
    def denial(self) -> Denial | None:
        """The first streak of unanswered probes at or after the denied step's start."""
        step = self.denied_step
        if step is None:
            return None
        since = [probe for probe in self.all if probe.due_s >= step.start_s]
        # More than half of a step's probes may fail without so many in a row.
        found = _first_denial(since, STREAK) or _first_denial(since, 1)
        if found or self.end is None:
            return found
        return Denial(self.end.t_s, None)

    @property
    def attack_end_s(self) -> float | None:
        """When the last slow connection was let go; None without an attack."""
        attacks = self._named(PhaseName.ATTACK)
        return attacks[-1]["end_s"] if attacks else None

    @property
    def recovered_after_s(self) -> float | None:
        """How long after the attack's end an answer came; None if not denied or never.

        0 when it came while the attack went on.
        """
        end_s = self.attack_end_s
        if self.denial is None or self.denial.until_s is None or end_s is None:
            return None
        return round(max(0.0, self.denial.until_s - end_s), 4)

    def _named(self, name: str) -> list[PhaseEntry]:
        return [phase for phase in self._phases if phase["name"] == name]

    def _between(self, start_s: float, end_s: float) -> tuple[Probe, ...]:
        return tuple(p for p in self.all if start_s <= p.due_s < end_s)


def probes_of(result: ResultDocument, client: str = "") -> tuple[Probe, ...]:
    """Return the probes that came to an end, in the order in which they were due.

    Those of the honest client, or of the other one that is named ("slow").
    """
    rows = [
        Probe(event["t_s"], event["outcome"], event["latency_ms"])
        for event in result["events"]
        if event["type"] == "probe"
        # Those that the prober itself was late for say nothing of the server.
        and event["outcome"] != Outcome.UNFINISHED
        and event.get("client", "") == client
    ]
    return tuple(sorted(rows, key=lambda probe: probe.due_s))


def part_of(result: ResultDocument, prefix: str) -> ResultDocument:
    """Return the document of one part of a run that goes through the phases twice.

    Of the phases only `<prefix>before`, `<prefix>attack` and `<prefix>after` are kept,
    without the prefix, of events and series what lies between their first start and
    their last end. The summary is still the whole run's.
    """
    names = {prefix + name: name for name in PhaseName}
    phases: list[PhaseEntry] = [
        {**phase, "name": names[phase["name"]]}
        for phase in result["phases"]
        if phase["name"] in names
    ]
    start_s = phases[0]["start_s"] if phases else 0.0
    end_s = max((phase["end_s"] for phase in phases), default=start_s)
    series = result["series"]
    is_inside = [start_s <= t_s <= end_s for t_s in tick_times(series)]
    return {
        **result,
        "phases": phases,
        "events": [e for e in result["events"] if start_s <= e["t_s"] <= end_s],
        "series": {name: _where(is_inside, row) for name, row in series.items()},
    }


def _where(
    is_inside: Sequence[bool], column: Sequence[float | None]
) -> list[float | None]:
    rows = zip(is_inside, column, strict=False)
    return [value for inside, value in rows if inside]


def _first_denial(probes: Sequence[Probe], length: int) -> Denial | None:
    """Find the first `length` probes in a row that were not answered."""
    for at in range(len(probes) - length + 1):
        if any(probe.ok for probe in probes[at : at + length]):
            continue
        answered = [probe.done_s for probe in probes[at + length :] if probe.ok]
        until_s = round(min(answered), 4) if answered else None
        return Denial(probes[at].due_s, until_s)
    return None


def latency_median_ms(probes: Sequence[Probe]) -> float | None:
    """Return the median latency of the answered probes; None without any."""
    answered = sorted(_latencies_ms(probes))
    return answered[len(answered) // 2] if answered else None


def latency_max_ms(probes: Sequence[Probe]) -> float | None:
    """Return the longest latency of the answered probes; None without any."""
    return max(_latencies_ms(probes), default=None)


def _latencies_ms(probes: Iterable[Probe]) -> list[float]:
    return [p.latency_ms for p in probes if p.ok and p.latency_ms is not None]


def column(series: Columns, name: str) -> list[tuple[float, float | None]]:
    """Return (time, value) of all ticks; nothing where there is no such series."""
    return list(zip(tick_times(series), series.get(name, ()), strict=False))


def answered_share(
    slug: str, statement: str, ratio: float | None, at_least: float
) -> Finding:
    """Make the finding that so large a share of probes was answered as it should."""
    return Finding(
        slug,
        statement,
        None if ratio is None else ratio >= at_least,
        None if ratio is None else round(100 * ratio, 1),
        f"at least {100 * at_least:.0f}",
        "% of probes",
    )


def first_time(result: ResultDocument, name: str, at_least: float) -> float | None:
    """Return when a series first reached a value; None if it never did."""
    for t_s, value in column(result["series"], name):
        if value is not None and value >= at_least:
            return t_s
    return None
