"""The scenarios whose attack only holds connections open.

`HeldConnections` plans the attack in steps and judges it; each scenario says what load
its connections are. Settings have one name and meaning in all of them.
"""

from abc import abstractmethod
from typing import Any, ClassVar

from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import Held
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import (
    Chart,
    Judgement,
    Phase,
    PhaseName,
    Plan,
    ProbePlan,
    Scenario,
)
from labs.bench.contracts.settings import choice, number
from labs.bench.verdicts import attack_findings
from labs.bench.verdicts.attack import SLOW, Nouns
from labs.bench.verdicts.wording import count
from labs.scenarios import _charts, _honest_client

# --- the parameters -------------------------------------------------------------------


def connections(default: int, most: int, label: str = "Slow connections") -> Any:
    return number(default, 1, most, label=label, help="How many to open in the end.")


def growth() -> Any:
    return choice(
        "doubling",
        ("doubling", "at_once"),
        label="Growth",
        help="Doubling finds the number that denies; at once is the plain attack.",
    )


def step_s(default: float = 2.0) -> Any:
    # Long enough for three probes to fail in it: 0.2 + 0.2 + 1.0 s and a tick.
    help = "How long each number is kept."
    return number(default, 0.5, 30, label="Step", unit="s", help=help)


def interval_s(label: str, help: str, default: float = 5.0) -> Any:
    return number(default, 0.5, 60, label=label, unit="s", help=help)


def hold_s() -> Any:
    return number(
        5.0,
        1,
        60,
        label="Hold",
        unit="s",
        help="How long a denial, or the last step, is kept before the attack ends.",
    )


def steps(params: Any) -> list[int]:
    """Return the steps: 1, 2, 4, ... below the wanted number, then that number."""
    if params.growth == "at_once":
        return [params.connections]
    counts = [1]
    while counts[-1] * 2 < params.connections:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == params.connections else [*counts, params.connections]


# --- the scenario ---------------------------------------------------------------------


def charts(title: str = "Slow connections") -> tuple[Chart, ...]:
    """Return the charts of such a run; `title` is what the connections are called."""
    workers = _charts.workers(
        "A worker that waits for a slow client serves nobody else."
    )
    held, cpu = _charts.held(title), _charts.cpu()
    return (_charts.PROBE, held, workers, _charts.TASKS, _charts.MEMORY, cpu)


class HeldConnections(Scenario):
    """Before, attack in steps, after; the probe asks all the time."""

    nouns: ClassVar[Nouns] = SLOW
    reads_changes = True
    charts = charts()

    @abstractmethod
    def load(self, params: Any, connections: int) -> Held:
        """Return the load of so many connections."""

    def plan(self, params: Any) -> Plan:
        who = f"The {self.nouns.clients} are"
        return Plan(
            phases=(
                _honest_client.before(params.before_s),
                *self._attack(params),
                _honest_client.after(params.after_s, who),
            ),
            probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
            denied_hold_s=params.hold_s,
            may_end=True,
        )

    def judge(self, result: ResultDocument) -> Judgement:
        return attack_findings.judge(result, self.steps_of(result), self.nouns)

    def steps_of(self, result: ResultDocument) -> list[int]:
        """Return the steps that a run was planned to go through."""
        return steps(self.Params(**result["scenario"]["params"]))

    def _attack(self, params: Any) -> list[Phase]:
        """Return a phase for each step; the last one is kept for the hold, too."""
        *lower, last = steps(params)
        last_s = max(params.step_s, params.hold_s)
        return [
            Phase(
                PhaseName.ATTACK,
                Status.MEASURING,
                duration_s,
                load=self.load(params, number_open),
                sentence=f"{count(number_open, self.nouns.connection)} open",
            )
            for number_open, duration_s in (
                *((number_open, params.step_s) for number_open in lower),
                (last, last_s),
            )
        ]
