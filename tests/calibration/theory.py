"""What queueing theory says, to hold the instrument against. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability of having to wait in M/M/c (A. K. Erlang, 1917).

    `offered` is arrival rate times mean service time, in erlangs, below `servers`.
    From Erlang B by its recursion, so that no factorial grows beyond bounds.
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait_s(servers: int, rate_per_s: float, mean_s: float) -> float:
    """Return the mean time in the queue of M/M/c, without the service."""
    offered = rate_per_s * mean_s
    return erlang_c(servers, offered) * mean_s / (servers - offered)


def waits_s(
    arrivals_s: Sequence[float], services_s: Sequence[float], servers: int
) -> list[float]:
    """Return how long each waits, first come first served.

    The recursion of D. V. Lindley (1952), for several servers as J. Kiefer and
    J. Wolfowitz (1955) have it: each takes the server that is free first.
    """
    free_s = [0.0] * servers
    waits = []
    for arrived_s, service_s in zip(arrivals_s, services_s, strict=True):
        start_s = max(arrived_s, heapq.heappop(free_s))
        waits.append(start_s - arrived_s)
        heapq.heappush(free_s, start_s + service_s)
    return waits


def frozen_percentile_s(percent: float, period_s: float, freeze_s: float) -> float:
    """Return a percentile of the latency of a server that answers at once, but freezes
    for `freeze_s` in each `period_s`, when requests come evenly or at random.

    Whoever comes `u` after a freeze began waits for the rest of it: uniform waits for a
    share of freeze_s / period_s of all, and none for the others.
    """
    return max(0.0, freeze_s - period_s * (1 - percent / 100))
