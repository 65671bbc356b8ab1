"""
## The question

A handler that computes does not wait for anybody, so nobody can take its place. What
does everybody else feel while one request is at work?

## The method

Three parts follow each other.

1. *Before*: an honest client, the **probe**, asks for the smallest page, on a fresh
   connection every 0.2 s, in a process of its own.
2. *Load*: a few clients ask, again and again, for a page whose handler computes for
   200 ms without a pause.
3. *After*: those clients leave. The run ends when three probes in a row were answered.

The verdict is *denied* when more than half of the probes during the load were not
answered; *degrades* when some were not, or when a typical one took both five times as
long as before and longer than a fifth of such a computation; *holds* otherwise.

## How to read the charts

- **What the honest client waited**: an event loop finishes the computation first,
  whoever else is waiting, so the line rises to the length of what is before it. In a
  pool of processes another worker answers, and only the processor is shared: the
  kernel divides it fairly.
- **Processor**: at its limit in every model. The difference is not how much is
  computed but who has to wait for it.

Threads of one process in a language with a global lock (Python) stand between the
two: the lock changes hands every few milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.protocol import Operation
from labs.bench.contracts.scenario import Judgement, Plan, Scenario
from labs.bench.contracts.settings import number
from labs.bench.verdicts import busy_handlers
from labs.bench.verdicts import reading as v
from labs.scenarios import _busy_handlers


@dataclass(frozen=True)
class Params:
    connections: int = number(
        2, 1, 200, label="Clients", help="How many clients ask for such a page at once."
    )
    busy_ms: int = number(
        200,
        10,
        2000,
        label="Computation",
        unit="ms",
        help="How long each such handler computes.",
    )
    before_s: float = number(
        2.0, 1, 30, label="Before", unit="s", help="How long to look before the load."
    )
    duration_s: float = number(
        6.0, 2, 60, label="Duration", unit="s", help="How long the load goes on."
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
        2.0, 0.1, 10, label="Probe limit", unit="s", help="When the probe gives up."
    )


class CpuHandler(Scenario):
    title = "Busy handler"
    question = "What does everybody else feel while a handler computes?"
    Params = Params
    reads_changes = True
    needs = frozenset({"ping", "cpu"})
    charts = _busy_handlers.CHARTS

    def plan(self, params: Params) -> Plan:
        clients = v.count(params.connections, "client")
        return _busy_handlers.plan(
            params,
            Operation("cpu", params.busy_ms),
            f"{clients} had handlers compute, {params.busy_ms} ms each time",
        )

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        each_ms = result["scenario"]["params"]["busy_ms"]
        what = f"had handlers compute for {each_ms} ms at a time"
        return busy_handlers.judge(result, what, each_ms)
