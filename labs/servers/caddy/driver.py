"""Caddy: a goroutine for each connection, which Go's runtime puts on a few threads."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs

_NO_LIMIT = "\t\t\t# No limit for a request head, which is the default."
_WHY_NOT = (
    "Caddy runs no application: what {} is a program behind it, and then that program "
    "is measured."
)


class Caddy(Driver):
    name = "Caddy"
    concurrency_model = "m-n-scheduling"
    operations = frozenset({"ping", "bytes"})
    not_applicable = {
        "wait": _WHY_NOT.format("waits"),
        "cpu": _WHY_NOT.format("computes"),
        "reload": (
            "Caddy loads a new configuration when its administration interface is "
            "asked to, not by a signal, and the lab opens no such interface."
        ),
    }
    binary = "/usr/bin/caddy"
    package = "caddy"
    version_arguments = ("version",)

    @dataclass(frozen=True)
    class Knobs:
        keep_alive_s: int = _knobs.keep_alive_s(
            300, 300, "How long an idle connection is kept (idle)."
        )
        header_timeout_s: int = _knobs.header_timeout_s(
            0, 0, 300, "Limit for a whole request head (read_header); 0 leaves it off."
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        limit = f"\t\t\tread_header {knobs.header_timeout_s}s"
        caddyfile = self.template(
            "Caddyfile",
            host=endpoint.host,
            port=endpoint.port,
            keep_alive_s=knobs.keep_alive_s,
            header_timeout=limit if knobs.header_timeout_s else _NO_LIMIT,
        )
        return {
            "Caddyfile": caddyfile,
            "www/bytes": (self.folder / "bytes").read_text(),
            "www/ping": "pong\n",
        }

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        return [self.binary, "run", "--config", "/lab/Caddyfile"]

    def signature(self, knobs: Knobs) -> Signature:
        return Signature((1, 1), (4, 16), frozenset({"epoll_pwait", "futex"}))

    def needs(self, knobs: Knobs) -> Needs:
        # It has no limit of its own for connections.
        return Needs(open_files=8192)
