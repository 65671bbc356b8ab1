"""Node.js: one thread with an event loop, and the application in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.bench.contracts.settings import number


@dataclass(frozen=True)
class Knobs:
    max_connections: int = number(
        8192,
        16,
        16384,
        label="Connection limit",
        help="Connections that may be open; one more is closed at once.",
    )
    backlog: int = number(
        511,
        1,
        4096,
        label="Backlog",
        help="How many connections may wait to be accepted (listen).",
    )
    keep_alive_s: int = number(
        5,
        1,
        300,
        label="Keep-alive",
        unit="s",
        help="How long an idle connection is kept (keepAliveTimeout).",
    )
    header_timeout_s: int = number(
        60,
        0,
        300,
        label="Header timeout",
        unit="s",
        help="Limit for a whole request head (headersTimeout); 0 leaves it off.",
    )


class Node(Driver):
    name = "Node.js"
    concurrency_model = "single-event-loop"
    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    not_applicable = {
        "reload": (
            "Node.js itself has no graceful restart: it is one process, and what "
            "starts another beside it is a program around it."
        )
    }
    Knobs = Knobs
    binary = "/usr/bin/node"
    package = "nodejs"
    version_pattern = r"v(\d+\.\d+\.\d+)"

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        settings = asdict(endpoint) | asdict(knobs)
        return {
            "server.js": (self.folder / "server.js").read_text(),
            "settings.json": json.dumps(settings, indent=2) + "\n",
        }

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        return [self.binary, "/lab/server.js", "/lab/settings.json"]

    def signature(self, knobs: Knobs) -> Signature:
        return Signature((1, 1), (5, 12), frozenset({"epoll_pwait", "futex"}))

    def needs(self, knobs: Knobs) -> Needs:
        return Needs(open_files=knobs.max_connections + 256)
