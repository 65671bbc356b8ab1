"""
## The question

A web server must read a request before it can answer it, and the client decides how
fast the request arrives. What happens to everybody else when some clients never finish?

Slowloris (Robert Hansen, 2009) is that client. It opens connections, sends the beginning
of a request head, and from then on one more header line every few seconds: enough to
stay below every timeout that waits for *silence*, never enough to be a request. It needs
almost no bandwidth. Whether it hurts depends on what a waiting connection costs the
server, and that is a matter of the server's concurrency model:

- one process that serves one connection at a time is taken by a single slow client;
- a pool of N processes or threads is taken by N of them;
- an event loop keeps a few hundred bytes for each and goes on.

## The method

Three parts follow each other.

1. *Before*: an honest client, the **probe**, asks for the smallest page the server has.
   It opens a fresh connection every 0.2 s, whatever became of the ones before, and gives
   up on each after 1 s. It is a process of its own, so that the attacker cannot slow it.
2. *Attack*: slow connections are opened in steps (1, 2, 4, 8, ... by default). Each sends
   one more header line every 5 s. Once three probes in a row have failed, no further
   connections are opened: the denial is kept for a few seconds and the attack ends.
3. *After*: all slow connections are closed at once. The run ends when three probes in a
   row were answered again, or when the longest wait is over.

A step counts as **denied** when more than half of the probes that fell due in it were not
answered. The verdict is *denied* when there is such a step; *degrades* when some probes
failed, or when a typical answer took more than five times as long as before and more than
100 ms; *holds* otherwise. It is *inconclusive* when the server did not answer before the
attack, when the instrument was late, or when fewer connections were held than the test
asked for and the server was not the reason.

## How to read the charts

- **The honest client** is what a visitor would feel. Gaps are requests given up.
- **Slow connections**: wanted, held open, refused, closed by the server. A server that
  closes them defends itself, which shows here and not in the probe.
- **Workers**: how many stand in a system call in which a connection occupies them. When
  this line reaches the size of the pool, the probe stops being answered.
- **Waiting to be accepted**: connections that the kernel has completed and that no worker
  has taken. Honest clients stand in this queue, behind nobody who will ever finish.
- **Processes and threads, memory, processor**: a denied server is usually *idle*. That
  is the point of the attack.

What this does not show: an attack over a network with losses, a server behind a proxy
that reads whole requests first, and limits per client address, since all clients here
have the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench import verdict as v
from labs.bench.bounds import choice, number
from labs.bench.events import Status, Verdict
from labs.bench.scenario import (
    Chart,
    Finding,
    Judgement,
    Phase,
    Plan,
    ProbePlan,
    Scenario,
    Series,
    SlowHeads,
)

_BEFORE_OK = 0.9  # of the probes before the attack, or there is nothing to compare with
_HELD = 0.95  # of the connections wanted, or the test was not the one asked for
_FAILED_LIMIT = 0.01  # of the probes during the attack: more is a degradation
_SLOWER_TIMES, _SLOWER_MS = 5, 100


@dataclass(frozen=True)
class Params:
    connections: int = number(
        1000, 1, 5000, label="Slow connections", help="How many to open in the end."
    )
    growth: str = choice(
        "doubling",
        ("doubling", "at_once"),
        label="Growth",
        help="Doubling finds the number that denies; at once is the plain attack.",
    )
    step_s: float = number(
        1.5, 0.5, 30, label="Step", unit="s", help="How long each number is kept."
    )
    interval_s: float = number(
        5.0,
        0.5,
        60,
        label="Header interval",
        unit="s",
        help="How often each slow client sends one more header line.",
    )
    before_s: float = number(
        2.0, 1, 30, label="Before", unit="s", help="How long to look before the attack."
    )
    hold_s: float = number(
        5.0,
        1,
        60,
        label="Hold",
        unit="s",
        help="How long a denial, or the last step, is kept before the attack ends.",
    )
    after_s: float = number(
        10.0,
        1,
        60,
        label="After",
        unit="s",
        help="The longest wait for the server to answer again.",
    )
    probe_interval_s: float = number(
        0.2, 0.05, 2, label="Probe every", unit="s", help="How often the probe asks."
    )
    probe_timeout_s: float = number(
        1.0, 0.1, 10, label="Probe limit", unit="s", help="When the probe gives up."
    )


class Slowloris(Scenario):
    title = "Slowloris"
    question = "How many slow clients deny the server to everybody else?"
    Params = Params
    charts = (
        Chart(
            "probe",
            "The honest client",
            "ms",
            (Series("probe_latency_ms", "Slowest answer"),),
            help="One request on a fresh connection, again and again. Gaps: given up.",
        ),
        Chart(
            "slow",
            "Slow connections",
            "connections",
            (
                Series("slow_held", "Held open"),
                Series("slow_target", "Wanted"),
                Series("slow_connecting", "Connecting"),
                Series("slow_refused", "Refused so far"),
                Series("slow_closed", "Closed by the server so far"),
            ),
            help="What the attacker has open, and what the server did about it.",
        ),
        Chart(
            "workers",
            "Workers taken, connections waiting",
            "",
            (
                Series("workers_busy", "Workers held by a connection"),
                Series("accept_queue", "Waiting to be accepted"),
            ),
            help="A worker that waits for a slow client serves nobody else.",
        ),
        Chart(
            "tasks",
            "Processes and threads",
            "",
            (
                Series("server_threads", "Threads"),
                Series("server_processes", "Processes"),
            ),
        ),
        Chart("memory", "Memory", "bytes", (Series("server_rss_bytes", "Resident"),)),
        Chart(
            "cpu",
            "Processor",
            "% of one core",
            (
                Series("server_cpu_percent", "Server"),
                Series("load_cpu_percent", "Load generator"),
            ),
        ),
    )

    def plan(self, params: Params) -> Plan:
        return Plan(
            phases=(_before(params), *_attack(params), _after(params)),
            probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
            denied_hold_s=params.hold_s,
        )

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        reading = v.ProbeReading(result)
        findings = _findings(result, reading)
        doubt = v.doubt(result) or _too_little(result, reading)
        if doubt:
            return Judgement(Verdict.INCONCLUSIVE, doubt, findings)
        if reading.denied_step is not None:
            return Judgement(Verdict.DENIED, _denied(result, reading), findings)
        worse = _degraded(result, reading)
        if worse:
            return Judgement(Verdict.DEGRADES, worse, findings)
        return Judgement(Verdict.HOLDS, _held(result, reading), findings)


def _before(params: Params) -> Phase:
    return Phase(
        v.BEFORE,
        Status.MEASURING,
        params.before_s,
        sentence="Only the honest client is here",
    )


def _attack(params: Params) -> list[Phase]:
    counts = _counts(params)
    return [
        Phase(
            v.ATTACK,
            Status.MEASURING,
            max(params.step_s, params.hold_s) if at_last else params.step_s,
            load=SlowHeads(connections, params.interval_s),
            sentence=f"{v.count(connections, 'slow connection')} open",
        )
        for connections, at_last in zip(
            counts, [False] * (len(counts) - 1) + [True], strict=True
        )
    ]


def _after(params: Params) -> Phase:
    return Phase(
        v.AFTER,
        Status.MEASURING,
        params.after_s,
        sentence="The slow clients are gone; waiting for the server to answer again",
        until_recovered=True,
    )


def _counts(params: Params) -> list[int]:
    """Return the steps: 1, 2, 4, ... below the wanted number, then that number."""
    if params.growth == "at_once":
        return [params.connections]
    counts = [1]
    while counts[-1] * 2 < params.connections:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == params.connections else [*counts, params.connections]


def _too_little(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    """Return why the data cannot carry a verdict; empty if it can."""
    before = reading.during(v.BEFORE)
    answered = sum(probe.ok for probe in before)
    if len(before) < v.STREAK or answered < _BEFORE_OK * len(before):
        return (
            f"Before the attack {answered} of {v.count(len(before), 'probe')} were "
            "answered, so there is nothing to compare with"
        )
    if not reading.steps:
        return "No probe fell due while the attack went on"
    return "" if reading.denied_step else _not_held(result)


def _not_held(result: Mapping[str, Any]) -> str:
    """Say that fewer connections were held than wanted and the server is not why."""
    summary, wanted = result["summary"], _wanted(result)
    by_server = summary["slow_closed"] + summary["slow_refused"]
    if summary["connections_held_max"] + by_server >= _HELD * wanted:
        return ""
    return (
        f"Only {summary['connections_held_max']:,} of "
        f"{v.count(wanted, 'slow connection')} could be held open, and the server "
        "refused or closed too few for it to be the reason"
    )


def _wanted(result: Mapping[str, Any]) -> int:
    loads = [p["load"] for p in result["phases"] if p["name"] == v.ATTACK]
    return max((load["connections"] for load in loads if load), default=0)


def _denied(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    until_s = reading.denial.until_s
    again = (
        "was not answered again"
        if until_s is None
        else f"was not answered until {v.seconds(until_s)}"
    )
    held = _workers_held(result)
    if held:
        return f"{held}; the probe {again}"
    connections = v.count(reading.denied_step.connections, "slow connection")
    return (
        f"With {connections} the probe was no longer answered from "
        f"{v.seconds(reading.denial.from_s)} on; it {again}"
    )


def _workers_held(result: Mapping[str, Any]) -> str:
    """Say how many workers were held, and since when; empty where none belongs to a
    connection or not even half of them were seen held."""
    slots = result["summary"]["worker_slots"]
    busy = result["summary"]["workers_busy_max"]
    if not slots or not busy or busy * 2 < slots:
        return ""
    busy = min(busy, slots)
    since_s = v.first_time(result, "workers_busy", busy)
    noun = result["server"]["worker_noun"]
    noun, were = (noun, "was") if slots == 1 else (v.plural(noun), "were")
    return (
        f"{busy:,} of {slots:,} {noun} {were} held by slow clients from "
        f"{v.seconds(since_s)} on"
    )


def _degraded(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    """Say what got worse without a denial; empty if nothing did."""
    during = reading.during(v.ATTACK)
    failed = sum(not probe.ok for probe in during)
    held = v.count(result["summary"]["connections_held_max"], "slow connection")
    if failed > _FAILED_LIMIT * len(during):
        return (
            f"With up to {held} held open, {failed} of "
            f"{v.count(len(during), 'probe')} were not answered"
        )
    before_ms = v.latency_median_ms(reading.during(v.BEFORE))
    during_ms = v.latency_median_ms(during)
    if during_ms > _SLOWER_MS and during_ms > _SLOWER_TIMES * before_ms:
        return (
            f"With up to {held} held open a typical probe took "
            f"{v.milliseconds(during_ms)} instead of {v.milliseconds(before_ms)}"
        )
    return ""


def _held(result: Mapping[str, Any], reading: v.ProbeReading) -> str:
    during = reading.during(v.ATTACK)
    summary, failed = result["summary"], sum(not probe.ok for probe in during)
    slowest = v.milliseconds(v.latency_max_ms(during))
    every = (
        "every probe was answered"
        if not failed
        else f"all but {failed} of {v.count(len(during), 'probe')} were answered"
    )
    held = summary["connections_held_max"]
    opened = (
        f"{v.count(held, 'slow connection')} {'was' if held == 1 else 'were'} held open"
    )
    if summary["slow_closed"]:
        opened += f", the server closed {summary['slow_closed']:,}"
    if summary["slow_refused"]:
        opened += f", {summary['slow_refused']:,} were refused"
    return f"{opened}, and {every}; the slowest took {slowest}"


def _findings(
    result: Mapping[str, Any], reading: v.ProbeReading
) -> tuple[Finding, ...]:
    return (
        _probe_finding(reading, v.BEFORE, "before"),
        _denied_at(result, reading),
        _tolerated_at(result, reading),
        _probe_finding(reading, v.ATTACK, "during"),
        *_workers_finding(result),
        _held_finding(result),
        _refused_finding(result),
        *_recovery_finding(result, reading),
    )


def _probe_finding(reading: v.ProbeReading, phase: str, word: str) -> Finding:
    ratio = reading.ok_ratio(phase)
    return Finding(
        f"probe_{word}",
        f"The honest client was answered {word} the attack",
        None if ratio is None else ratio >= _BEFORE_OK,
        None if ratio is None else round(100 * ratio, 1),
        100 * _BEFORE_OK,
        "% of probes, at least",
    )


def _expected_at(result: Mapping[str, Any]) -> int | None:
    """Return the first step that is no smaller than the pool; None: no step denies."""
    slots = result["summary"]["worker_slots"]
    params = Params(**result["scenario"]["params"])
    return next((n for n in _counts(params) if slots and n >= slots), None)


def _denied_at(result: Mapping[str, Any], reading: v.ProbeReading) -> Finding:
    step, expected = reading.denied_step, _expected_at(result)
    measured = step.connections if step else None
    slots = result["summary"]["worker_slots"]
    statement = (
        f"It is denied by as many slow connections as it has {_pool_noun(result)}"
        if slots
        else "No number of slow connections denies it"
    )
    return Finding(
        "denied_at",
        statement,
        measured == expected,
        "never" if measured is None else measured,
        "never" if expected is None else expected,
        "slow connections",
    )


def _pool_noun(result: Mapping[str, Any]) -> str:
    return v.plural(result["server"]["worker_noun"])


def _tolerated_at(result: Mapping[str, Any], reading: v.ProbeReading) -> Finding:
    step, slots = reading.tolerated_step, result["summary"]["worker_slots"]
    return Finding(
        "tolerated_at",
        "The most slow connections under which honest clients were answered",
        None,
        step.connections if step else 0,
        f"fewer than {slots:,}" if slots else _wanted(result),
        "slow connections",
    )


def _workers_finding(result: Mapping[str, Any]) -> list[Finding]:
    slots = result["summary"]["worker_slots"]
    busy = result["summary"]["workers_busy_max"]
    if not slots or busy is None:
        return []
    expected = min(slots, _wanted(result))
    return [
        Finding(
            "workers_held",
            f"Slow clients hold one {result['server']['worker_noun']} each",
            min(busy, slots) >= expected,
            busy,
            expected,
            _pool_noun(result),
        )
    ]


def _held_finding(result: Mapping[str, Any]) -> Finding:
    held, wanted = result["summary"]["connections_held_max"], _wanted(result)
    return Finding(
        "connections_held",
        "The slow connections that were opened were held open together",
        held >= _HELD * wanted,
        held,
        wanted,
        "connections",
    )


def _refused_finding(result: Mapping[str, Any]) -> Finding:
    summary = result["summary"]
    return Finding(
        "refused_or_closed",
        "The server refused or closed slow connections",
        bool(summary["slow_refused"] + summary["slow_closed"]),
        summary["slow_refused"] + summary["slow_closed"],
        None,
        "connections",
    )


def _recovery_finding(
    result: Mapping[str, Any], reading: v.ProbeReading
) -> list[Finding]:
    if reading.denial is None:
        return []
    recovered_s = reading.recovered_after_s
    return [
        Finding(
            "recovered_after",
            "It answered again once the slow clients had left",
            recovered_s is not None,
            None if recovered_s is None else round(recovered_s, 2),
            result["scenario"]["params"]["after_s"],
            "s after the attack, at most",
        )
    ]
