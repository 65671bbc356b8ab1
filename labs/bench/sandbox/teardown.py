"""Is anything left when the launcher is killed? Starts one, kills it, and looks.

As a program it is the launcher: it starts a sandbox full of daemons, prints the host's
numbers of its processes as JSON, and waits to be killed.
"""

import json
import select
import subprocess
import sys
import time
from pathlib import Path

from labs.bench.sandbox import keeper, netns
from labs.bench.sandbox.box import EXAMINATION_SLOT, Box, BoxRequest

_CHECKOUT = Path(__file__).resolve().parents[3]
_PAYLOAD = Path(__file__).parent / "payloads/daemons.py"
_READY_S = 5.0
DAEMONS = 5  # four that left, and the one that started them


def survivors_after(wait_s: float) -> tuple[int, float | None]:
    """Kill a launcher; return (processes left after `wait_s`, seconds until none was).

    The second is None if there were still some. RuntimeError if nothing could be
    started to begin with.
    """
    launcher = subprocess.Popen(
        [sys.executable, "-m", "labs.bench.sandbox.teardown"],
        cwd=_CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pids = _pids_of(launcher)
    began_s = time.monotonic()
    launcher.kill()
    gone_after_s = None
    while time.monotonic() - began_s < wait_s:
        if not any(map(keeper.lives, pids)):
            gone_after_s = time.monotonic() - began_s
            break
        time.sleep(0.0005)
    left = sum(map(keeper.lives, pids))
    launcher.communicate()
    return left, gone_after_s


def _pids_of(launcher: subprocess.Popen[str]) -> list[int]:
    """Wait for what it prints; RuntimeError with its last words if it could not."""
    line = launcher.stdout.readline() if launcher.stdout else ""
    if not line:
        _, words = launcher.communicate()
        raise RuntimeError(words.strip()[-300:] or "no sandbox")
    pids: list[int] = json.loads(line)
    return pids


def _launch() -> None:
    netns.enter_private_network()
    box = Box.launch(
        BoxRequest(
            ["/usr/bin/python3", "-I", "/lab/daemons.py"],
            {"daemons.py": _PAYLOAD.read_text()},
            environment={"IN_SANDBOX": "1"},
            slot=EXAMINATION_SLOT,
        )
    )
    until_s = time.monotonic() + _READY_S
    while len(box.pids()) < DAEMONS and time.monotonic() < until_s:
        select.select([box.output_fd], [], [], 0.01)
        time.sleep(0.002)
    print(json.dumps([box.outer_pid, *box.pids()]), flush=True)
    time.sleep(60)


if __name__ == "__main__":
    _launch()
