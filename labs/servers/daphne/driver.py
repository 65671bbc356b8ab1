"""Daphne: one process, one thread, one event loop, for an ASGI application."""

from dataclasses import dataclass

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs
from labs.servers import _knobs


class Daphne(Driver):
    name = "Daphne"
    concurrency_model = "coroutines"
    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    not_applicable = {
        "reload": (
            "Daphne has no graceful restart: it is one process, and what starts "
            "another beside it is a program around it."
        )
    }
    # Daphne's own command cannot be asked for its version.
    binary = "/usr/bin/python3"
    helpers = ("/usr/bin/daphne",)  # not run; it is there if Daphne is
    package = "daphne"
    version_arguments = ("-c", "import daphne; print(daphne.__version__)")

    @dataclass(frozen=True)
    class Knobs:
        backlog: int = _knobs.backlog(50, "backlog of the endpoint")
        timeout_s: int = _knobs.timeout_s(
            0,
            0,
            "How long the application may take (--http-timeout); 0 waits for ever.",
        )

    def files(self, knobs: Knobs, endpoint: Endpoint) -> dict[str, str]:
        return {"app.py": (self.folder / "../_asgi_app.py").read_text()}

    def command(self, knobs: Knobs, endpoint: Endpoint) -> list[str]:
        where = (
            f"tcp:port={endpoint.port}:interface={endpoint.host}"
            f":backlog={knobs.backlog}"
        )
        # Verbosity 0: requests are not logged, warnings and errors are.
        options = ("--verbosity", "0", "--http-timeout", str(knobs.timeout_s))
        program = (self.binary, "/lab/app.py")
        return [*program, *options, "--endpoint", where, "app:application"]

    def signature(self, knobs: Knobs) -> Signature:
        return Signature((1, 1), (1, 1), frozenset({"epoll_wait"}))

    def needs(self, knobs: Knobs) -> Needs:
        # It has no limit of its own for connections.
        return Needs(open_files=8192)
