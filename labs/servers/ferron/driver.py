"""Ferron: an event loop in each of a few threads, written in Rust."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs

_WHY_NOT = (
    "Ferron runs no application in its threads: what {} is a program behind it, and "
    "then that program is measured."
)


class Ferron(Driver):
    name = "Ferron"
    concurrency_model = "thread-per-core"
    binary = "/run/ferron"
    package = "ferron"
    from_host = "ferron"
    how_to_get = (
        "Install Ferron 2 as https://ferron.sh/docs/installation/debian says, or put "
        "its binary into the folder bin of LABS_HOME"
    )
    version_arguments = ("--version",)
    version_pattern = r"Ferron (2\.\d+\.\d+)"
    reload_signal = "SIGHUP"  # as its service file has it (ExecReload)
    not_applicable = {
        "wait": _WHY_NOT.format("waits"),
        "cpu": _WHY_NOT.format("computes"),
        "bytes": (
            "Ferron sends files as they are and has nothing that makes an answer of a "
            "length that the request names."
        ),
    }

    @dataclass(frozen=True)
    class Knobs:
        timeout_s: int = _knobs.timeout_s(
            300, 1, "How long an answer may take after the request's head (timeout)."
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        configuration = self.template(
            "ferron.kdl",
            host=endpoint.host,
            port=endpoint.port,
            timeout_ms=1000 * knobs.timeout_s,
        )
        return {"ferron.kdl": configuration, "www/ping": "pong\n"}

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        return [self.binary, "--config", "/lab/ferron.kdl"]

    def signature(self, knobs: Knobs) -> Signature:
        return Signature((1, 1), (4, 64), frozenset({"epoll_wait", "futex"}))

    def needs(self, knobs: Knobs) -> Needs:
        # It has no limit of its own for connections.
        return Needs(open_files=8192)
