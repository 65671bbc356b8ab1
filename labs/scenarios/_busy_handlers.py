"""The scenarios in which clients keep the server's handlers at work.

`BusyHandler` plans and judges; each scenario says what its handlers do.
"""

from typing import Any, ClassVar

from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.protocol import Operation
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import (
    Chart,
    Judgement,
    Phase,
    PhaseName,
    Plan,
    ProbePlan,
    Scenario,
    Series,
)
from labs.bench.contracts.settings import number
from labs.bench.verdicts import busy_handlers
from labs.bench.verdicts.wording import count
from labs.scenarios import _charts, _honest_client

_TIMEOUT_S = 60.0  # of a request: a queue of slow handlers is what is to be seen

CHARTS = (
    _charts.PROBE,
    Chart(
        "rate",
        "Requests to the handlers",
        "requests/s",
        (Series("requests_per_s", "Answered"), Series("errors_per_s", "Failed")),
    ),
    _charts.workers(),
    _charts.cpu(
        "A handler that waits costs none; one that computes takes all it gets."
    ),
)


def connections(default: int) -> Any:
    help = "How many clients ask for such a page at once."
    return number(default, 1, 200, label="Clients", help=help)


def handler_ms(label: str, help: str) -> Any:
    return number(200, 10, 2000, label=label, unit="ms", help=help)


def duration_s() -> Any:
    help = "How long the load goes on."
    return number(6.0, 2, 60, label="Duration", unit="s", help=help)


class BusyHandler(Scenario):
    """The probe asks all the time; in between, handlers do what `operation` says."""

    operation: ClassVar[str]  # of the server's application, with a time in ms
    setting: ClassVar[str]  # the name of the parameter that says for how long
    doing: ClassVar[str]  # what clients have handlers do: "compute"
    reads_changes = True
    charts = CHARTS

    def plan(self, params: Any) -> Plan:
        each_ms = getattr(params, self.setting)
        operation = Operation(self.operation, each_ms)
        load = ClosedLoop(params.connections, operation, timeout_s=_TIMEOUT_S)
        clients = count(params.connections, "client")
        sentence = f"{clients} had handlers {self.doing}, {each_ms} ms each time"
        duration_s = params.duration_s
        return Plan(
            phases=(
                _honest_client.before(params.before_s),
                Phase(PhaseName.ATTACK, Status.MEASURING, duration_s, load, sentence),
                _honest_client.after(params.after_s, "The load is"),
            ),
            probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
        )

    def judge(self, result: ResultDocument) -> Judgement:
        each_ms = result["scenario"]["params"][self.setting]
        what = f"had handlers {self.doing} for {each_ms} ms at a time"
        return busy_handlers.judge(result, what, each_ms)
