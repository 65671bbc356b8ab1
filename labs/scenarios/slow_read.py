"""
## The question

An answer must be sent as well as made, and the client decides how fast it is taken.
What happens to everybody else when some clients hardly read?

Slow reading (Sergey Shekyan, 2012) asks like anybody else, with a complete and valid
request. No limit for requests applies. The client then announces a tiny receive window
and takes a few bytes now and then. The kernel keeps what the server has written and
the client has not taken, up to a limit of some megabytes for each connection; only an
answer that is *longer* makes the server wait:

- a worker of a pool stands in `send` or `write` until the client has read enough;
- an event loop keeps the rest in memory and goes on: nobody is denied, but every slow
  reader costs as much memory as its answer is long;
- a proxy with room for whole answers takes them from the pool behind it.

## The method

1. *Before*: an honest client, the **probe**, asks for the smallest page the server
   has, on a fresh connection every 0.2 s, and gives up on each after 1 s. It is a
   process of its own.
2. *Attack*: slow connections are opened in steps (1, 2, 4, 8, ... by default). Each
   asks for an answer of 4 MB, with the smallest receive buffer that the kernel gives,
   and reads 32 bytes every 5 s. Once three probes in a row have failed, the number is
   kept for a few seconds and the attack ends.
3. *After*: all slow connections are closed at once. The run ends when three probes in
   a row were answered again, or when the longest wait is over.

Against such a client Linux was seen to take 1.7 MB into the server's send buffer, and
4.3 MB against one that does not read but has a usual receive buffer (the limit is
the third number of `net.ipv4.tcp_wmem`, 4 MiB by default). With answers below what the
kernel takes, no server is denied: the parameter lets you find that size.

A step counts as **denied** when more than half of the probes that fell due in it were
not answered, or when the server itself ended in it or after it (by its limit of memory,
say): then the run is over, too. The verdict is *denied* when there is such a step;
*degrades* when some probes failed, or when a typical answer took more than five times
as long as before and more than 100 ms; *holds* otherwise. It is *inconclusive* when the
server did not answer before, when the instrument was late, or when fewer connections
were held than asked for and the server was not the reason.

## How to read the charts

- **The honest client** is what a visitor would feel. Gaps are requests given up.
- **Memory** is where an event loop pays: it grows by the rest of an answer for each
  slow reader, and at the sandbox's limit of 512 MiB the server is ended. What the
  kernel keeps for the connections is not in it.
- **Workers**: how many stand in a system call in which a connection occupies them.
- **Processor**: making long answers takes some; waiting for readers takes none.

What this does not show: how long a server's own limit for sending would bear with such
a client (most wait a minute), and files, which some servers hand to the kernel without
ever holding them in memory.
"""

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.loads import SlowReads
from labs.bench.contracts.settings import number
from labs.scenarios import _held_connections as held
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    # As many answers of the default length fit into the sandbox's memory if a server
    # keeps each once. Node.js was seen to keep 8 MiB for each, and to be ended by 64.
    connections: int = held.connections(64, 10_000)
    growth: str = held.growth()
    step_s: float = held.step_s()
    interval_s: float = held.interval_s(
        "Read interval", "How often each slow client reads a little."
    )
    read_bytes: int = number(
        32, 1, 65536, label="Read", unit="bytes", help="How much it reads each time."
    )
    answer_bytes: int = number(
        4_000_000,
        1000,
        10_000_000,
        label="Answer",
        unit="bytes",
        help="How long an answer each slow client asks for.",
    )
    before_s: float = honest_client.before_s()
    hold_s: float = held.hold_s()
    after_s: float = honest_client.after_s()
    probe_interval_s: float = honest_client.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s()


class SlowRead(held.HeldConnections):
    title = "Slow reading"
    question = "How many clients that hardly read deny the server to everybody else?"
    Params: TypeAlias = Params
    needs = frozenset({"ping", "bytes"})

    def load(self, params: Params, connections: int) -> SlowReads:
        return SlowReads(
            connections,
            params.interval_s,
            answer_bytes=params.answer_bytes,
            read_bytes=params.read_bytes,
        )
