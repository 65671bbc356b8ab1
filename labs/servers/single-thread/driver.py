"""A teaching server: one thread, blocking I/O, one connection at a time."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from labs.bench.bounds import number
from labs.bench.sandbox.endpoint import Endpoint
from labs.bench.server import Driver


@dataclass(frozen=True)
class Knobs:
    backlog: int = number(
        128,
        1,
        4096,
        label="Backlog",
        help="How many connections may wait to be accepted (listen(2)).",
    )
    timeout_s: int = number(
        0,
        0,
        300,
        label="Timeout",
        unit="s",
        help="How long one recv() may wait for a client; 0 waits for ever.",
    )


class SingleThread(Driver):
    name = "Single thread"
    concurrency_model = "single-threaded-blocking"
    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    Knobs = Knobs
    binary = "/usr/bin/python3"
    package = "python3"
    version_arguments = ("-V",)
    busy_in = frozenset({"recvfrom", "poll", "sendto"})
    worker_noun = "thread"

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        settings = asdict(endpoint) | asdict(knobs)
        return {
            "settings.json": json.dumps(settings, indent=2) + "\n",
            "server.py": (self.folder / "server.py").read_text(),
        }

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        # -I: nothing of the environment or of the work directory is imported.
        return [self.binary, "-I", "-u", "/lab/server.py", "/lab/settings.json"]

    def worker_slots(self, knobs: Knobs) -> int:
        return 1
