"""Our closed loop against wrk, on one NGINX worker, one core each. Goals: requests per
second at least 1.0 times wrk's, processor time for each at most 1.1 times.

In pairs within one run, the order changing each time; a figure is the median of the
pairs' ratios. Both keep their connections, and read whole answers.
"""

from __future__ import annotations

import re
import statistics

from benchmarks import peers

CONNECTIONS = 64
SECONDS = 2
PAIRS = 15
_REQUESTS = re.compile(r"(\d+) requests in")
_RATE = re.compile(r"Requests/sec:\s*([\d.]+)")


def main() -> dict[str, float]:
    """Return the ratios, and the rates they are of."""
    pairs = peers.apart(_pairs)
    return {
        "rate_ratio_median": _median(a.per_s / b.per_s for a, b in pairs),
        "cpu_each_ratio_median": _median(a.cpu_s_each / b.cpu_s_each for a, b in pairs),
        "rate_ratio_min": min(a.per_s / b.per_s for a, b in pairs),
        "rate_ratio_max": max(a.per_s / b.per_s for a, b in pairs),
        "our_rate_median_per_s": _median(a.per_s for a, _ in pairs),
        "wrk_rate_median_per_s": _median(b.per_s for _, b in pairs),
        "our_cpu_each_us": _median(1e6 * a.cpu_s_each for a, _ in pairs),
        "wrk_cpu_each_us": _median(1e6 * b.cpu_s_each for _, b in pairs),
    }


def _pairs() -> list[tuple[peers.Rate, peers.Rate]]:
    with peers.serving("nginx", processes=1) as place:
        _ours(place)  # both ends warm
        found = []
        for at in range(PAIRS):
            if at % 2:
                found.append((_ours(place), _wrk(place)))
            else:
                wrk = _wrk(place)
                found.append((_ours(place), wrk))
        return found


def _ours(place: peers.Place) -> peers.Rate:
    return peers.ours(place, CONNECTIONS, SECONDS)


def _wrk(place: peers.Place) -> peers.Rate:
    endpoint = place.server.endpoint
    url = f"http://{endpoint.host}:{endpoint.port}/ping"
    flags = ["-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    text, cpu_s = peers.run_peer(place, ["/usr/bin/wrk", *flags, url])
    requests = int(_REQUESTS.search(text)[1])
    return peers.Rate(float(_RATE.search(text)[1]), cpu_s / requests)


def _median(values) -> float:
    return statistics.median(values)
