"""A runner that measures nothing: `python -m tests.cli.told_runner BEHAVIOUR`.

It speaks as labs.runner does, and is done at once. Which rate it tells follows from the
spec: by the server, a little by the seed. Behaviours are named for what is wrong.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.bench import runs

RATES = {"nginx": 2000.0, "node": 1000.0}


def result(spec: dict[str, Any], **told: Any) -> dict[str, Any]:
    """Return what a run of this spec leaves."""
    knobs = {"keep_alive_s": 0} | {k: int(v) for k, v in spec["knobs"].items()}
    rate = RATES[spec["server"]] * (1 + 0.002 * (spec["seed"] % 7))
    rate *= 1 + knobs["keep_alive_s"] / 100
    server = {"slug": spec["server"], "name": spec["server"].title()}
    return runs.run(
        {"requests_per_s": rate, "lost": 0},
        [runs.phase([1000 + spec["seed"]] * 90 + [5000] * 10)],
        seed=spec["seed"],
        server=server | {"knobs": knobs},
        params=spec["params"],
        **told,
    )


def finish(status: str, result: dict | None, reason: str = "") -> None:
    end = {"status": status, "reason": reason, "message": reason, "result": result}
    print(json.dumps({"type": "finished", "t_s": 1.0, **end}), flush=True)


def steady(spec: dict[str, Any]) -> None:
    """Nothing is wrong with it."""
    finish("finished", result(spec))


def sometimes_doubtful(spec: dict[str, Any]) -> None:
    """Every third run is inconclusive, and tells a number that is far off."""
    if spec["seed"] % 3:
        return steady(spec)
    told = result(spec, verdict="inconclusive")
    told["findings"][0]["measured"] = 1e9
    finish("finished", told)


def always_doubtful(spec: dict[str, Any]) -> None:
    """No run is conclusive."""
    finish("finished", result(spec, verdict="inconclusive"))


def crashing_server(spec: dict[str, Any]) -> None:
    """The server of the third run ends."""
    if spec["seed"] == 3:
        finish("failed", None, "server_exited")
    else:
        steady(spec)


def stopped(spec: dict[str, Any]) -> None:
    """Somebody presses Ctrl-C in the third run."""
    if spec["seed"] == 3:
        finish("cancelled", None, "stopped")
    else:
        steady(spec)


def tells_what_it_heard(spec: dict[str, Any]) -> None:
    """It is told two commands, which are its sentence."""
    heard = []
    for t_s in (0.5, 1.0):
        text = {"source": "lab", "level": "info", "text": "It goes on"}
        print(json.dumps({"type": "log", "t_s": t_s, **text}), flush=True)
        heard.append(sys.stdin.readline().strip())
    told = result(spec, verdict="inconclusive")
    finish("finished", told | {"sentence": ", ".join(heard)})


def silent(spec: dict[str, Any]) -> None:
    """It dies without a word."""


if __name__ == "__main__":
    globals()[sys.argv[1]](json.loads(sys.stdin.readline()))
