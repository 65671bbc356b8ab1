"""
## The question

A handler often waits: for a database, a file, another service. What does everybody
else feel while some requests wait?

## The method

Three parts follow each other.

1. *Before*: an honest client, the **probe**, asks for the smallest page, on a fresh
   connection every 0.2 s, in a process of its own.
2. *Load*: some clients ask, again and again, for a page whose handler waits for
   200 ms, the way the server's users write a wait. The processor has nothing to do.
3. *After*: those clients leave. The run ends when three probes in a row were answered.

The verdict is *denied* when more than half of the probes during the load were not
answered; *degrades* when some were not, or when a typical one took both five times as
long as before and longer than a fifth of such a wait; *holds* otherwise.

## How to read the charts

- **What the honest client waited** tells it all. In a pool it is flat until the pool
  is as full as it can be: then the probe stands in the accept queue behind requests
  that do nothing but wait.
- **Workers taken**: one for each request that waits, in a pool. A loop that waits
  without blocking has none to take.
- **Processor**: close to nothing, whatever the probe feels. Waiting is not work.

More clients than workers is where a pool and a loop part. Try 4, then 16, against a
pool of 8.
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
        16,
        1,
        200,
        label="Clients",
        help="How many clients ask for such a page at once.",
    )
    wait_ms: int = number(
        200, 10, 2000, label="Wait", unit="ms", help="How long each such handler waits."
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


class WaitHandler(Scenario):
    title = "Waiting handler"
    question = "What does everybody else feel while handlers wait for something slow?"
    Params = Params
    reads_changes = True
    needs = frozenset({"ping", "wait"})
    charts = _busy_handlers.CHARTS

    def plan(self, params: Params) -> Plan:
        clients = v.count(params.connections, "client")
        return _busy_handlers.plan(
            params,
            Operation("wait", params.wait_ms),
            f"{clients} had handlers wait, {params.wait_ms} ms each time",
        )

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        each_ms = result["scenario"]["params"]["wait_ms"]
        what = f"had handlers wait for {each_ms} ms at a time"
        return busy_handlers.judge(result, what, each_ms)
