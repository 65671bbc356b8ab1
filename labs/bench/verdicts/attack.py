"""The verdict on a server under an attack that holds connections open.

`AttackRun` reads a result document with phases before, attack (in steps) and after: was
the honest client denied, from how many connections on, and why? Its findings are made
in `attack_findings`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import STREAK, PhaseName
from labs.bench.contracts.summary import Summary
from labs.bench.sandbox.limits import MEMORY_BYTES
from labs.bench.verdicts.doubts import doubt
from labs.bench.verdicts.reading import (
    AttackStep,
    Denial,
    ProbeReading,
    ServerEnd,
    first_time,
    latency_max_ms,
    latency_median_ms,
    offered,
    out_of_memory,
)
from labs.bench.verdicts.wording import count, milliseconds, plural, seconds

BEFORE_OK = 0.9  # of the probes before the attack, or there is nothing to compare with
HELD = 0.95  # of the connections wanted, or the test was not the one asked for
_FAILED_LIMIT = 0.01  # of the probes during the attack: more is a degradation
_SLOWER_TIMES, _SLOWER_MS = 5, 100
_AT_LIMIT = 0.9  # of a server's own limit of connections: then it was the reason


@dataclass(frozen=True)
class Nouns:
    """What the connections that are held, and those who hold them, are called."""

    connection: str = "slow connection"
    client: str = "a slow client"
    clients: str = "slow clients"


SLOW = Nouns()


@dataclass(frozen=True)
class AttackRun:
    """A run whose attack was planned to go through `steps` of connections."""

    result: ResultDocument
    steps: Sequence[int]
    nouns: Nouns = SLOW

    @cached_property
    def reading(self) -> ProbeReading:
        """The probes of the run."""
        return ProbeReading(self.result)

    @property
    def summary(self) -> Summary:
        """The numbers of the run."""
        return self.result["summary"]

    @property
    def wanted(self) -> int:
        """The most connections that a phase that took place asked for."""
        loads = [
            p["load"] for p in self.result["phases"] if p["name"] == PhaseName.ATTACK
        ]
        return max((load["connections"] for load in loads if load), default=0)

    @property
    def tried(self) -> list[int]:
        """The numbers of connections to try: as planned, and as a command set them."""
        return sorted({*self.steps, *offered(self.result, PhaseName.ATTACK)})

    @property
    def own_limit(self) -> int | None:
        """The server's setting max_connections; None where it has none."""
        limit: int | None = (
            self.result["server"].get("knobs", {}).get("max_connections")
        )
        return limit

    def verdict(self) -> tuple[Verdict, str]:
        """Return the verdict, and the sentence that says what was observed."""
        verdict, sentence = self._verdict()
        return verdict, sentence + self._processes_lost()

    def _verdict(self) -> tuple[Verdict, str]:
        doubtful = doubt(self.result) or self._too_little()
        if doubtful:
            return Verdict.INCONCLUSIVE, doubtful
        step, denial = self.reading.denied_step, self.reading.denial
        if step is not None and denial is not None:
            return Verdict.DENIED, self._denied(step, denial)
        worse = self._degraded()
        return (Verdict.DEGRADES, worse) if worse else (Verdict.HOLDS, self._held())

    def _too_little(self) -> str:
        """Return why the data cannot carry a verdict; empty if it can."""
        before = self.reading.during(PhaseName.BEFORE)
        answered = sum(probe.ok for probe in before)
        if len(before) < STREAK:
            few = f"Only {count(len(before), 'probe')}" if before else "No probe"
            return f"{few} fell due before the attack, too few to compare with"
        if answered < BEFORE_OK * len(before):
            return (
                f"Before the attack {answered} of {count(len(before), 'probe')} were "
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
            f"Only {held:,} of {count(self.wanted, self.nouns.connection)} could be "
            "held open, and the server refused or closed too few for it to be the "
            "reason"
        )

    def _denied(self, step: AttackStep, denial: Denial) -> str:
        if self.reading.end is not None:
            return self._ended(step, self.reading.end)
        again = (
            "was not answered again"
            if denial.until_s is None
            else f"was not answered until {seconds(denial.until_s)}"
        )
        held = self._workers_held()
        if held:
            return f"{held}; the probe {again}"
        return (
            f"With {count(step.connections, self.nouns.connection)} the probe was no "
            f"longer answered from {seconds(denial.from_s)} on; it "
            f"{again}{self._at_its_limit()}{self._out_of_memory()}"
        )

    def _ended(self, step: AttackStep, end: ServerEnd) -> str:
        """Say that the server itself ended, and how."""
        connections = count(step.connections, self.nouns.connection)
        attack_end_s = self.reading.attack_end_s or 0.0
        attack = "With" if end.t_s <= attack_end_s else "After"
        return (
            f"{attack} {connections} the server was gone from {seconds(end.t_s)} on: "
            f"{end.sentence}"
        )

    def _workers_held(self) -> str:
        """Say how many workers were held, and since when; empty where none belongs to a
        connection or not even half of them were seen held."""
        slots = self.summary["worker_slots"]
        busy = self.summary["workers_busy_max"]
        if not slots or not busy or busy * 2 < slots:
            return ""
        busy = min(busy, slots)
        since_s = first_time(self.result, "workers_busy", busy)
        if since_s is None:
            return ""
        noun, since = self.result["server"]["worker_noun"], seconds(since_s)
        if slots == 1:
            return f"The only {noun} was held by {self.nouns.client} from {since} on"
        return (
            f"{busy:,} of {slots:,} {plural(noun)} were held by {self.nouns.clients} "
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
        number = out_of_memory(self.result)
        if not number or self.reading.end is not None:
            return ""
        were = "was" if number == 1 else "were"
        return (
            f". {count(number, 'process')} of the server {were} ended for using more "
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
        during = self.reading.during(PhaseName.ATTACK)
        failed = sum(not probe.ok for probe in during)
        held = count(self.summary["connections_held_max"], self.nouns.connection)
        if failed > _FAILED_LIMIT * len(during):
            were = "was" if failed == 1 else "were"
            return (
                f"With up to {held} held open, {failed} of "
                f"{count(len(during), 'probe')} {were} not answered"
            )
        before_ms = latency_median_ms(self.reading.during(PhaseName.BEFORE))
        during_ms = latency_median_ms(during)
        if before_ms is None or during_ms is None:
            return ""
        if during_ms > _SLOWER_MS and during_ms > _SLOWER_TIMES * before_ms:
            return (
                f"With up to {held} held open a typical probe took "
                f"{milliseconds(during_ms)} instead of {milliseconds(before_ms)}"
            )
        return ""

    def _held(self) -> str:
        during = self.reading.during(PhaseName.ATTACK)
        summary, failed = self.summary, sum(not probe.ok for probe in during)
        slowest = milliseconds(latency_max_ms(during) or 0.0)
        every = (
            "every probe was answered"
            if not failed
            else f"all but {failed} of {count(len(during), 'probe')} were answered"
        )
        held = summary["connections_held_max"]
        were = "was" if held == 1 else "were"
        opened = f"{count(held, self.nouns.connection)} {were} held open"
        if summary["slow_closed"]:
            opened += f", the server closed {summary['slow_closed']:,}"
        if summary["slow_refused"]:
            opened += f", {summary['slow_refused']:,} were refused"
        return f"{opened}, and {every}; the slowest took {slowest}"
