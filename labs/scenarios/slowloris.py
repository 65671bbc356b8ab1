"""
## The question

A web server must read a request before it can answer it, and the client decides how
fast the request arrives. What happens to everybody else when some clients never
finish?

Slowloris (Robert Hansen, 2009) is that client. It opens connections, sends the
beginning of a request head, and from then on one more header line every few seconds:
enough to stay below every timeout that waits for *silence*, never enough to be a
request. It needs almost no bandwidth. Whether it hurts depends on what a waiting
connection costs the server, and that is a matter of the server's concurrency model:

- one process that serves one connection at a time is taken by a single slow client;
- a pool of N processes or threads is taken by N of them;
- an event loop keeps a few hundred bytes for each and goes on.

## The method

Three parts follow each other.

1. *Before*: an honest client, the **probe**, asks for the smallest page the server
   has. It opens a fresh connection every 0.2 s, whatever became of the ones before,
   and gives up on each after 1 s. It is a process of its own, so that the attacker
   cannot slow it.
2. *Attack*: slow connections are opened in steps (1, 2, 4, 8, ... by default). Each
   sends one more header line every 5 s. Once three probes in a row have failed, no
   further connections are opened: the denial is kept for a few seconds and the attack
   ends.
3. *After*: all slow connections are closed at once. The run ends when three probes in
   a row were answered again, or when the longest wait is over.

A step counts as **denied** when more than half of the probes that fell due in it were
not answered, or when the server itself ended in it or after it (by its limit of memory,
say): then the run is over, too. The verdict is *denied* when there is such a step;
*degrades* when some probes failed, or when a typical answer took more than five times
as long as before and more than 100 ms; *holds* otherwise. It is *inconclusive* when the
server did not answer before the attack, when the instrument was late, or when fewer
connections were held than the test asked for and the server was not the reason.

## How to read the charts

- **The honest client** is what a visitor would feel. Gaps are requests given up.
- **Slow connections**: wanted, held open, refused, closed by the server. A server that
  closes them defends itself, which shows here and not in the probe.
- **Workers**: how many stand in a system call in which a connection occupies them.
  When this line reaches the size of the pool, the probe stops being answered.
- **Waiting to be accepted**: connections that the kernel has completed and that no
  worker has taken. Honest clients stand in this queue, behind nobody who will ever
  finish.
- **Processes and threads, memory, processor**: a denied server is usually *idle*. That
  is the point of the attack.

What this does not show: an attack over a network with losses, a server behind a proxy
that reads whole requests first, and limits per client address, since all clients here
have the same one.
"""

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.loads import SlowHeads
from labs.scenarios import _held_connections as held
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    connections: int = held.connections(1000, 50_000)
    growth: str = held.growth()
    step_s: float = held.step_s()
    interval_s: float = held.interval_s(
        "Header interval", "How often each slow client sends one more header line."
    )
    before_s: float = honest_client.before_s()
    hold_s: float = held.hold_s()
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s()


class Slowloris(held.HeldConnections):
    title = "Slowloris"
    question = "How many slow clients deny the server to everybody else?"
    Params: TypeAlias = Params

    def load(self, params: Params, connections: int) -> SlowHeads:
        return SlowHeads(connections, params.interval_s)
