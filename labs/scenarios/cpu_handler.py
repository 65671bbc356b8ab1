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

from dataclasses import dataclass
from typing import TypeAlias

from labs.scenarios import _busy_handlers as busy
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    connections: int = busy.connections(2)
    busy_ms: int = busy.handler_ms(
        "Computation", "How long each such handler computes."
    )
    before_s: float = honest_client.before_s(what="load")
    duration_s: float = busy.duration_s()
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s(2.0)


class CpuHandler(busy.BusyHandler):
    title = "Busy handler"
    question = "What does everybody else feel while a handler computes?"
    Params: TypeAlias = Params
    needs = frozenset({"ping", "cpu"})
    operation, setting, doing = "cpu", "busy_ms", "compute"
