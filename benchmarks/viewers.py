"""1,000 viewers of one run, from 50 addresses, who join within 5 s. Goal: every frame
to each of them, in order, the first within 1 s, and the site's loop never blocked
longer than 20 ms.

A site of its own, with a runner that tells a recorded run at its pace. The clients are
in a process of their own; where they share the site's cores, they slow it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.site import CHECKOUT, Site

VIEWERS, ADDRESSES, WITHIN_S = 1000, 50, 5.0
RUN_S = 20.0  # from the first tick; they join when it has some
WATCH_S = RUN_S + 5.0
START = f"""
from labs.models import LabRun
run = LabRun.objects.create(
    server="nginx", scenario="slowloris", params={{"seconds": {RUN_S}}}
)
print(run.pk)
"""
_PROBE = "loop-probe.json"


def main() -> dict[str, Any]:
    """Let them watch one run from beginning to end."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        site = Site(data, DJANGO_SETTINGS_MODULE="benchmarks.watched_site")
        try:
            address = urlsplit(site.wait_for_address()).netloc
            run = site.manage("shell", "--no-imports", "-c", START).split()[-1]
            (data / _PROBE).unlink(missing_ok=True)  # what starting cost is no matter
            time.sleep(2.0)
            load_before = os.getloadavg()[0]
            seen = _watch(site, address, run, data)
            return _figures(seen) | {"load_average": load_before}
        finally:
            site.end()


def _watch(site: Site, address: str, run: str, data: Path) -> dict[str, Any]:
    """Return what the clients got, and how the site's loop was meanwhile."""
    asked = {
        "host": address,
        "path": f"/ws/runs/{run}/",
        "clients": VIEWERS,
        "addresses": ADDRESSES,
        "within_s": WITHIN_S,
        "until_s": WATCH_S,
    }
    cpu_s = _processor_s(site.process.pid)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.socket_clients", json.dumps(asked)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as clients:
        # They say what they got, and leave after that.
        seen = json.loads(clients.stdout.readline())
        blocked = json.loads((data / _PROBE).read_text())
        cpu_s = _processor_s(site.process.pid) - cpu_s
    return seen | {"loop": blocked, "processor_share": cpu_s / WATCH_S}


def _processor_s(pid: int) -> float:
    """Return the processor time of a process so far (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(seen: dict[str, Any]) -> dict[str, Any]:
    first_ms = seen["first_ms"] or [float("inf")]
    blocked = seen["loop"]
    return {
        "viewers": VIEWERS,
        "joined_ratio": len(seen["first_ms"]) / VIEWERS,
        "complete_in_order_ratio": seen["complete"] / VIEWERS,
        "frames_of_the_run": seen["last_seq"],
        "first_frame_p50_ms": first_ms[len(first_ms) // 2],
        "first_frame_p99_ms": first_ms[int(0.99 * (len(first_ms) - 1))],
        "first_frame_max_ms": first_ms[-1],
        "loop_blocked_max_ms": blocked["late_ms"][0],
        "loop_blocked_10th_ms": blocked["late_ms"][9],
        "loop_processor_time_max_ms": blocked["busy_ms"][0],
        "loop_processor_time_10th_ms": blocked["busy_ms"][9],
        "site_processor_share": seen["processor_share"],
        "how_they_ended": seen["errors"],
    }
