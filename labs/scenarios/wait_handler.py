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

from dataclasses import dataclass
from typing import TypeAlias

from labs.scenarios import _busy_handlers as busy
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    connections: int = busy.connections(16)
    wait_ms: int = busy.handler_ms("Wait", "How long each such handler waits.")
    before_s: float = honest_client.before_s(what="load")
    duration_s: float = busy.duration_s()
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s(2.0)


class WaitHandler(busy.BusyHandler):
    title = "Waiting handler"
    question = "What does everybody else feel while handlers wait for something slow?"
    Params: TypeAlias = Params
    needs = frozenset({"ping", "wait"})
    operation, setting, doing = "wait", "wait_ms", "wait"
