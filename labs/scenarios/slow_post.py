"""
## The question

A request may carry a body: a form, a file. The client announces its length and then
decides how fast it comes. The head is complete, so a limit for request heads no longer
helps. What happens to everybody else when some bodies never end?

R.U.D.Y. ("R-U-Dead-Yet?") is a tool that does this: it finds a form, sends a POST
request that announces a long body, and then one byte at a time. What that costs depends
on *who waits for the body*:

- where the worker that will answer reads the body, it waits as long as the client
  likes, and a pool of N workers is taken by N such requests;
- an event loop collects the body beside everything else that it does;
- a proxy that collects the whole body before it asks the application spares the pool
  behind it;
- and a server that answers without reading the body does not wait at all.

## The method

1. *Before*: an honest client, the **probe**, asks for the smallest page the server
   has, on a fresh connection every 0.2 s, and gives up on each after 1 s. It is a
   process of its own.
2. *Attack*: slow connections are opened in steps (1, 2, 4, 8, ... by default). Each
   sends the complete head of a POST request at once, and one byte of the announced body
   every 5 s. One that the server closes comes again after a second. Once three probes
   in a row have failed, the number is kept for a few seconds and the attack ends.
3. *After*: all slow connections are closed at once. The run ends when three probes in
   a row were answered again, or when the longest wait is over.

A step counts as **denied** when more than half of the probes that fell due in it were
not answered, or when the server itself ended in it or after it (by its limit of memory,
say): then the run is over, too. The verdict is *denied* when there is such a step;
*degrades* when some probes failed, or when a typical answer took more than five times
as long as before and more than 100 ms; *holds* otherwise. It is *inconclusive* when the
server did not answer before, when the instrument was late, or when fewer connections
were held than asked for and the server was not the reason.

## How to read the charts

- **The honest client** is what a visitor would feel. Gaps are requests given up.
- **Slow connections**: *closed by the server* rises steadily where the server answers
  such a request without waiting for its body, with an error or with a page, and hangs
  up. That is no resistance to slow bodies; it never asked for one. Two servers of one
  concurrency model may differ here, because their applications do.
- **Workers**: how many stand in a system call in which a connection occupies them.
- **Waiting to be accepted**: honest clients stand in this queue, too.

What this does not show: what an application would do that reads the body itself (the
pages of the lab need none), and large bodies, which cost memory or disk.
"""

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.loads import SlowBodies
from labs.bench.contracts.settings import number
from labs.scenarios import _held_connections as held
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    connections: int = held.connections(1000, 50_000)
    growth: str = held.growth()
    step_s: float = held.step_s()
    interval_s: float = held.interval_s(
        "Byte interval", "How often each slow client sends one more byte of its body."
    )
    body_bytes: int = number(
        1_000_000,
        1000,
        1_000_000_000,
        label="Body",
        unit="bytes",
        help="How long a body each slow client announces.",
    )
    before_s: float = honest_client.before_s()
    hold_s: float = held.hold_s()
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s()


class SlowPost(held.HeldConnections):
    title = "Slow POST"
    question = "How many unfinished request bodies deny the server to everybody else?"
    Params: TypeAlias = Params
    needs = frozenset({"ping", "slow_body"})

    def load(self, params: Params, connections: int) -> SlowBodies:
        return SlowBodies(connections, params.interval_s, params.body_bytes)
