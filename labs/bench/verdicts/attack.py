"""What became of a server and its honest client while other connections are held open.

The reading that `attack_findings` judges by: the verdict, and the sentence, which is
chosen by what was observed. Pure: reads a result document with phases before, attack
(in steps) and after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labs.bench.contracts.events import Verdict
from labs.bench.sandbox.limits import MEMORY_BYTES
from labs.bench.verdicts import reading as v

BEFORE_OK = 0.9  # of the probes before the attack, or there is nothing to compare with
HELD = 0.95  # of the connections wanted, or the test was not the one asked for
_FAILED_LIMIT = 0.01  # of the probes during the attack: more is a degradation
_SLOWER_TIMES, _SLOWER_MS = 5, 100
_AT_LIMIT = 0.9  # of a server's own limit of connections: then it was the reason


@dataclass(frozen=True)
class Words:
    """What the connections that are held, and those who hold them, are called."""

    connection: str = "slow connection"
    client: str = "a slow client"
    clients: str = "slow clients"


SLOW = Words()


@dataclass(frozen=True)
class Siege:
    """A run whose attack was planned to go through `steps` of connections."""

    result: Mapping[str, Any]
    steps: Sequence[int]
    words: Words = SLOW

    @cached_property
    def reading(self) -> v.ProbeReading:
        """The probes of the run."""
        return v.ProbeReading(self.result)

    @property
    def summary(self) -> Mapping[str, Any]:
        """The numbers of the run."""
        return self.result["summary"]

    @property
    def wanted(self) -> int:
        """The most connections that a phase that took place asked for."""
        loads = [p["load"] for p in self.result["phases"] if p["name"] == v.ATTACK]
        return max((load["connections"] for load in loads if load), default=0)

    @property
    def tried(self) -> list[int]:
        """The numbers of connections to try: as planned, and as a command set them."""
        return sorted({*self.steps, *v.offered(self.result, v.ATTACK)})

    @property
    def own_limit(self) -> int | None:
        """The server's setting max_connections; None where it has none."""
        return self.result["server"].get("knobs", {}).get("max_connections")

    def verdict(self) -> tuple[Verdict, str]:
        """Return the verdict, and the sentence that says what was observed."""
        verdict, sentence = self._verdict()
        return verdict, sentence + self._processes_lost()

    def _verdict(self) -> tuple[Verdict, str]:
        doubt = v.doubt(self.result) or self._too_little()
        if doubt:
            return Verdict.INCONCLUSIVE, doubt
        if self.reading.denied_step is not None:
            return Verdict.DENIED, self._ended() or self._denied()
        worse = self._degraded()
        return (Verdict.DEGRADES, worse) if worse else (Verdict.HOLDS, self._held())

    def _too_little(self) -> str:
        """Return why the data cannot carry a verdict; empty if it can."""
        before = self.reading.during(v.BEFORE)
        answered = sum(probe.ok for probe in before)
        if len(before) < v.STREAK:
            few = f"Only {v.count(len(before), 'probe')}" if before else "No probe"
            return f"{few} fell due before the attack, too few to compare with"
        if answered < BEFORE_OK * len(before):
            return (
                f"Before the attack {answered} of {v.count(len(before), 'probe')} were "
                "answered, so there is nothing to compare with"
            )
        if not self.reading.steps:
            return "No probe fell due while the attack went on"
        return "" if self.reading.denied_step else self._not_held()

    def _not_held(self) -> str:
        """Say that fewer were held than wanted and the server is not why."""
        held = self.summary["connections_held_max"]
        by_server = self.summary["slow_closed"] + self.summary["slow_refused"]
        if held + by_server >= HELD * self.wanted:
            return ""
        return (
            f"Only {held:,} of {v.count(self.wanted, self.words.connection)} could be "
            "held open, and the server refused or closed too few for it to be the "
            "reason"
        )

    def _ended(self) -> str:
        """Say that the server itself ended, and how; empty if it lived on."""
        end, step = self.reading.end, self.reading.denied_step
        if end is None:
            return ""
        connections = v.count(step.connections, self.words.connection)
        attack = "With" if end.t_s <= self.reading.attack_end_s else "After"
        return (
            f"{attack} {connections} the server was gone from {v.seconds(end.t_s)} on: "
            f"{end.sentence}"
        )

    def _denied(self) -> str:
        until_s = self.reading.denial.until_s
        again = (
            "was not answered again"
            if until_s is None
            else f"was not answered until {v.seconds(until_s)}"
        )
        held = self._workers_held()
        if held:
            return f"{held}; the probe {again}"
        step = self.reading.denied_step
        return (
            f"With {v.count(step.connections, self.words.connection)} the probe was no "
            f"longer answered from {v.seconds(self.reading.denial.from_s)} on; it "
            f"{again}{self._at_its_limit()}{self._out_of_memory()}"
        )

    def _workers_held(self) -> str:
        """Say how many workers were held, and since when; empty where none belongs to a
        connection or not even half of them were seen held."""
        slots = self.summary["worker_slots"]
        busy = self.summary["workers_busy_max"]
        if not slots or not busy or busy * 2 < slots:
            return ""
        busy = min(busy, slots)
        since_s = v.first_time(self.result, "workers_busy", busy)
        if since_s is None:
            return ""
        noun, since = self.result["server"]["worker_noun"], v.seconds(since_s)
        if slots == 1:
            return f"The only {noun} was held by {self.words.client} from {since} on"
        return (
            f"{busy:,} of {slots:,} {v.plural(noun)} were held by {self.words.clients} "
            f"from {since} on"
        )

    def _at_its_limit(self) -> str:
        """Say that a server was full by its own settings; empty if that was not it."""
        limit = self.own_limit
        if not limit or self.summary["connections_held_max"] < _AT_LIMIT * limit:
            return ""
        return f". Its own limit of connections (max_connections) is {limit:,}"

    def _processes_lost(self) -> str:
        """Say that processes were ended for their memory and the server lived on."""
        number = v.out_of_memory(self.result)
        if not number or self.reading.end is not None:
            return ""
        were = "was" if number == 1 else "were"
        return (
            f". {v.count(number, 'process')} of the server {were} ended for using more "
            f"memory than its sandbox has ({MEMORY_BYTES // 2**20} MiB)"
        )

    def _out_of_memory(self) -> str:
        """Say that a process had all the memory its sandbox has; empty if it had not.

        There the kernel may take back its code, page by page, for a long while before
        it ends it. The memory of several processes cannot be added up: they share some.
        """
        is_limited = self.result["environment"]["sandbox"]["level"] == "strict"
        if not is_limited or self.summary["server_processes_max"] != 1:
            return ""
        if (self.summary["server_rss_max_bytes"] or 0) < MEMORY_BYTES:
            return ""
        return f". Its memory was at its sandbox's limit ({MEMORY_BYTES // 2**20} MiB)"

    def _degraded(self) -> str:
        """Say what got worse without a denial; empty if nothing did."""
        during = self.reading.during(v.ATTACK)
        failed = sum(not probe.ok for probe in during)
        held = v.count(self.summary["connections_held_max"], self.words.connection)
        if failed > _FAILED_LIMIT * len(during):
            were = "was" if failed == 1 else "were"
            return (
                f"With up to {held} held open, {failed} of "
                f"{v.count(len(during), 'probe')} {were} not answered"
            )
        before_ms = v.latency_median_ms(self.reading.during(v.BEFORE))
        during_ms = v.latency_median_ms(during)
        if during_ms > _SLOWER_MS and during_ms > _SLOWER_TIMES * before_ms:
            return (
                f"With up to {held} held open a typical probe took "
                f"{v.milliseconds(during_ms)} instead of {v.milliseconds(before_ms)}"
            )
        return ""

    def _held(self) -> str:
        during = self.reading.during(v.ATTACK)
        summary, failed = self.summary, sum(not probe.ok for probe in during)
        slowest = v.milliseconds(v.latency_max_ms(during))
        every = (
            "every probe was answered"
            if not failed
            else f"all but {failed} of {v.count(len(during), 'probe')} were answered"
        )
        held = summary["connections_held_max"]
        were = "was" if held == 1 else "were"
        opened = f"{v.count(held, self.words.connection)} {were} held open"
        if summary["slow_closed"]:
            opened += f", the server closed {summary['slow_closed']:,}"
        if summary["slow_refused"]:
            opened += f", {summary['slow_refused']:,} were refused"
        return f"{opened}, and {every}; the slowest took {slowest}"
