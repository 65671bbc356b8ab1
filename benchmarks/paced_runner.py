"""A runner that measures nothing: it tells a recorded run again, at a run's pace.

No benchmark itself. It ticks five times a second, as a real one does, until it has run
for `seconds`, a parameter that only `viewers` gives.
"""

import json
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).resolve().parents[1] / "tests/recordings"
RECORDING = RECORDINGS / "apache-prefork-slowloris.jsonl"
TICK_S = 0.2


def _say(event: dict[str, Any]) -> None:
    print(json.dumps(event), flush=True)


def _run(seconds: float) -> None:
    events = [json.loads(line) for line in RECORDING.read_text().splitlines()]
    for event in events:
        if event["type"] == "status":
            _say(event | {"t_s": 0.0})
    ticks = [event for event in events if event["type"] == "tick"]
    began_s = time.monotonic()
    for number, tick in enumerate(cycle(ticks), start=1):
        t_s = number * TICK_S
        if t_s > seconds:
            break
        time.sleep(max(0.0, began_s + t_s - time.monotonic()))
        # Both are of the recording's clock, and no reader may go back in time.
        _say(tick | {"t_s": t_s, "probes": [[t_s, *row[1:]] for row in tick["probes"]]})
    end = {"status": "cancelled", "reason": "stopped", "message": "", "result": None}
    _say({"type": "finished", "t_s": seconds, **end})


if __name__ == "__main__":
    _run(json.loads(sys.stdin.readline())["params"]["seconds"])
