"""Node.js: one thread with an event loop, and the application in it."""

import json
from dataclasses import asdict, dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs


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
    binary = "/usr/bin/node"
    package = "nodejs"
    version_pattern = r"v(\d+\.\d+\.\d+)"

    @dataclass(frozen=True)
    class Knobs:
        max_connections: int = _knobs.max_connections(
            8192,
            16384,
            "Connections that may be open; one more is closed at once.",
            low=16,
        )
        backlog: int = _knobs.backlog(511, "listen")
        keep_alive_s: int = _knobs.keep_alive_s(
            5, 300, "How long an idle connection is kept (keepAliveTimeout)."
        )
        header_timeout_s: int = _knobs.header_timeout_s(
            60,
            0,
            300,
            "Limit for a whole request head (headersTimeout); 0 leaves it off.",
        )

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
