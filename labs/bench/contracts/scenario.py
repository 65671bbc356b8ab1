"""The contract of a scenario: a pure plan before the run, a pure judgement after it.

A scenario must not open a socket, read a clock or know Django. `plan` says what to do,
`run.execute` does it, `judge` reads the stored result document and nothing else, so
that it can be judged again years later.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self

from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.loads import Load
from labs.bench.contracts.result_document import CountedPhase, ResultDocument
from labs.bench.contracts.summary import Summary


class PhaseName(StrEnum):
    """The names of phases that have a meaning to the schedule and to the judges.

    A scenario may give its phases other names (`warm_up`, `defended_attack`); only
    these decide anything. Stored in results: do not rename.
    """

    BEFORE = "before"  # only the honest client is there
    ATTACK = "attack"  # what may deny the server to it goes on
    AFTER = "after"  # that is over, or the action of this phase was done


# Unanswered probes in a row that are called a denial, and answered ones that are
# called a recovery: one may be an accident, three are not.
STREAK = 3


@dataclass(frozen=True)
class Kill:
    """SIGKILL, from outside the sandbox: to the server, or to one of its workers.

    `worker` is a process that serves; where the server is one process, it is that one.
    A server that is gone by it is no fault: the run goes on and sees what clients see.
    """

    name: ClassVar[str] = "kill"

    target: str = "worker"  # or "server": the process that was started


@dataclass(frozen=True)
class Reload:
    """The server's own graceful restart, as its driver names it (`reload_signal`)."""

    name: ClassVar[str] = "reload"


Action = Kill | Reload


@dataclass(frozen=True)
class Phase:
    """A stretch of the run with one load. Phases of one `name` belong together.

    `sentence` tells people what happens. `until_recovered` ends the phase as soon as
    three probes in a row were answered (its duration is then the longest wait).
    `action` is done once, when the phase begins. `knobs` are settings in which the
    server differs from what was asked for: it is started anew with them first, unless
    it runs with them already; a later phase without any has it as asked for again.
    """

    name: str
    status: Status
    duration_s: float
    load: Load | None = None
    sentence: str = ""
    until_recovered: bool = False
    action: Action | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProbePlan:
    """The honest client: one fresh connection and one ping every `interval_s`.

    Probes are sent when they are due, whatever became of the ones before. With
    `spread_s` each sends its request in pieces over that time, as an honest client on a
    slow line does, and is answered if the server waits for it.
    """

    interval_s: float = 0.2
    timeout_s: float = 1.0
    spread_s: float = 0.0


@dataclass(frozen=True)
class Plan:
    """What a run does. `denied_hold_s`: once three probes in a row have failed while
    phases named `attack` go on, the number of connections is kept for that long and the
    rest of the attack is left out; None lets every phase run its course.

    `may_end`: a server that ends while a load is offered, by its memory limit say, or
    while it is awaited that it answers again, is no fault but what the run found out.
    It is stored as an event (`server`, state `gone`), the phase ends, and so does the
    run, unless a later phase starts it anew.

    `slow_client` is a second honest client, with a slow line; its probes have
    `client` ("slow") in the result's events, which the first one's lack."""

    phases: tuple[Phase, ...]
    probe: ProbePlan | None = None
    denied_hold_s: float | None = None
    slow_client: ProbePlan | None = None
    may_end: bool = False


@dataclass(frozen=True)
class Series:
    """One line of a chart: a name in `result.series` and in `tick.values`."""

    name: str
    label: str


@dataclass(frozen=True)
class Chart:
    """A chart of the run page. `per_unit`: how much of its series is one `unit`."""

    slug: str
    title: str
    unit: str
    series: tuple[Series, ...]
    help: str = ""
    per_unit: int = 1


@dataclass(frozen=True)
class Finding:
    """One statement about a run, with what was measured and what was expected."""

    slug: str
    statement: str
    holds: bool | None
    measured: float | str | None
    expected: float | str | None
    unit: str = ""

    @classmethod
    def figure(
        cls, slug: str, statement: str, measured: float | str | None, unit: str
    ) -> Self:
        """Make a finding that is a figure and no claim."""
        return cls(slug, statement, None, measured, None, unit)

    @classmethod
    def none(cls, slug: str, statement: str, number: int, unit: str) -> Self:
        """Make a finding that holds where there were none."""
        return cls(slug, statement, number == 0, number, 0, unit)

    @classmethod
    def within(
        cls, slug: str, statement: str, after_s: float | None, most_s: float
    ) -> Self:
        """Make a finding that holds if it came at all; nobody looked for longer."""
        holds, limit = after_s is not None, f"at most {most_s:g}"
        return cls(slug, statement, holds, after_s, limit, "s")


@dataclass(frozen=True)
class Judgement:
    """The verdict, the sentence that says what was observed, and the findings."""

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...] = field(default_factory=tuple)


class Scenario(ABC):
    """One experiment. `slug` is set from the file's name; the module docstring is its
    article (Markdown: question, method, how to read the charts)."""

    slug: ClassVar[str] = ""
    title: ClassVar[str]
    question: ClassVar[str]
    Params: ClassVar[type[Any]]
    # Operations of the server (Driver.operations) and abilities of its protocol
    # (Protocol.abilities) without which the scenario does not apply.
    needs: ClassVar[frozenset[str]] = frozenset({"ping"})
    # Knobs (by name), and the server's own graceful restart, without which neither.
    needs_knobs: ClassVar[frozenset[str]] = frozenset()
    needs_reload: ClassVar[bool] = False
    # Whether `judge` reads what was offered from the phases, so that its sentence is
    # true of a run in which a command set another number, too.
    reads_changes: ClassVar[bool] = False
    charts: ClassVar[tuple[Chart, ...]]

    @property
    def article(self) -> str:
        """The scenario's explanation in Markdown: its module's docstring."""
        return inspect.getdoc(inspect.getmodule(type(self))) or ""

    @property
    def has_probe(self) -> bool:
        """Whether an honest client asks during its runs."""
        return self.plan(self.Params()).probe is not None

    def headline(self, counted: Sequence[CountedPhase]) -> int:
        """Say which of the counted phases the summary's figures are of.

        `counted` are the result's phases that counted requests, in order, each with its
        figures under `counted`. The last one, unless a scenario knows better.
        """
        return len(counted) - 1

    def figures(self, result: ResultDocument) -> Summary:
        """Return the figures that this scenario alone adds to the summary.

        They are declared in `contracts/summary.py`. Pure; read from a result that is
        complete but for them and the verdict.
        """
        return Summary()

    def wants(self, params: Any) -> Mapping[str, str]:
        """Return the abilities of the protocol that these parameters need beside
        `needs`: the name of the parameter -> the ability. Pure."""
        return {}

    @abstractmethod
    def plan(self, params: Any) -> Plan:
        """Say what to do. Pure: the same parameters give the same plan."""

    @abstractmethod
    def judge(self, result: ResultDocument) -> Judgement:
        """Judge a result document (DESIGN: section 5) that has no verdict yet.

        Pure. Must answer `inconclusive`, with the reason in the sentence, when
        `trust` does not hold or the data cannot carry a verdict.
        """
