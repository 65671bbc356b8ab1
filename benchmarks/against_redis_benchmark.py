"""Our closed loop against redis-benchmark, on Redis, one core and one thread each,
without pipelining. Goal: requests per second at least 1.0 times its.

In pairs within one run, the order changing each time; a figure is the median of the
pairs' ratios. Both send PING as a command of one word.
"""

from __future__ import annotations

import re
import statistics

from benchmarks import peers

CONNECTIONS = 64
SECONDS = 4
REQUESTS = 500_000  # about as long
PAIRS = 7
_RATE = re.compile(r"([\d.]+) requests per second")


def main() -> dict[str, float]:
    """Return the ratios, and the rates they are of."""
    pairs = peers.apart(_pairs)
    median = statistics.median
    return {
        "rate_ratio_median": median(a.per_s / b.per_s for a, b in pairs),
        "cpu_each_ratio_median": median(a.cpu_s_each / b.cpu_s_each for a, b in pairs),
        "rate_ratio_min": min(a.per_s / b.per_s for a, b in pairs),
        "rate_ratio_max": max(a.per_s / b.per_s for a, b in pairs),
        "our_rate_median_per_s": median(a.per_s for a, _ in pairs),
        "its_rate_median_per_s": median(b.per_s for _, b in pairs),
    }


def _pairs() -> list[tuple[peers.Rate, peers.Rate]]:
    with peers.serving("redis") as place:
        _ours(place)  # both ends warm
        found = []
        for at in range(PAIRS):
            if at % 2:
                found.append((_ours(place), _peer(place)))
            else:
                peer = _peer(place)
                found.append((_ours(place), peer))
        return found


def _ours(place: peers.Place) -> peers.Rate:
    return peers.ours(place, CONNECTIONS, SECONDS)


def _peer(place: peers.Place) -> peers.Rate:
    endpoint = place.server.endpoint
    where = ["-h", endpoint.host, "-p", str(endpoint.port)]
    flags = ["-c", str(CONNECTIONS), "-n", str(REQUESTS), "-t", "ping_mbulk", "-q"]
    text, cpu_s = peers.run_peer(place, ["/usr/bin/redis-benchmark", *where, *flags])
    return peers.Rate(float(_RATE.findall(text)[-1]), cpu_s / REQUESTS)
