"""Servers named for their fault, and one without; all run in the real sandbox.

They are teaching-size Python programs for the lab root's interpreter.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from labs.bench.contracts.driver import Driver, Signature
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.events import Verdict
from labs.bench.contracts.scenario import Judgement, Plan, Scenario
from labs.bench.contracts.settings import number
from labs.bench.contracts.spec import Spec
from labs.protocols.http1 import Http1

PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Knobs:
    backlog: int = number(16, 1, 128, label="Backlog", help="The accept queue's room.")


class Double(Driver):
    """A driver whose program is the class attribute `program`."""

    slug = "double"
    name = "Double"
    concurrency_model = "iterative"
    Knobs = Knobs
    binary = PYTHON
    busy_in = frozenset({"recvfrom"})
    worker_noun = "process"
    program = ""

    def files(self, knobs: Any, endpoint: Endpoint) -> dict[str, str]:
        return {"server.py": self.program}

    def command(self, knobs: Any, endpoint: Endpoint) -> list[str]:
        port = str(endpoint.port)
        return [PYTHON, "-u", "/lab/server.py", port, str(knobs.backlog)]

    def worker_slots(self, knobs: Any) -> int:
        return 1

    def signature(self, knobs: Any) -> Signature:
        idle_in, slow_in = frozenset({"accept4"}), frozenset({"recvfrom"})
        return Signature((1, 1), (1, 2), idle_in, slow_in)


class OneAtATimeServer(Double):
    """Serves one connection after the other, and speaks about it."""

    program = """
import socket, sys
address, backlog = ("127.0.0.1", int(sys.argv[1])), int(sys.argv[2])
listener = socket.create_server(address, backlog=backlog)
print("listening", flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        head = b""
        while b"\\r\\n\\r\\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                break
            head += piece
        else:
            connection.sendall(
                b"HTTP/1.1 200 OK\\r\\n"
                b"Content-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok"
            )
"""


class CrashingServer(Double):
    """Says what is wrong and exits at once."""

    program = """
import sys
for n in range(30):
    print("line", n, file=sys.stderr)
sys.exit("no such directive: frobnicate")
"""


class NeverReadyServer(Double):
    """Lives and never listens."""

    program = "import time; time.sleep(600)"


class DyingServer(Double):
    """Serves for a second, then dies in the middle of a run."""

    program = (
        "import os, threading\n"
        "threading.Timer(1.0, lambda: os._exit(7)).start()\n" + OneAtATimeServer.program
    )


class ImpatientServer(Double):
    """Ends with an error when a client keeps it waiting for half a second."""

    program = OneAtATimeServer.program.replace(
        "    with connection:\n",
        "    connection.settimeout(0.5)\n    with connection:\n",
    )


class StruckServer(Double):
    """Is killed, by nobody that the run knows of, when a client keeps it waiting."""

    program = (
        "import os, sys\nsys.excepthook = lambda *_: os.kill(os.getpid(), 9)\n"
        + ImpatientServer.program
    )


class GreedyServer(Double):
    """Serves many at once, and takes 300 MiB for each that it has to wait for."""

    program = """
import socket, sys, threading
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)

def serve(connection):
    head, kept = b"", b""
    while b"\\r\\n\\r\\n" not in head:
        head += connection.recv(4096)
        if not kept and b"\\r\\n\\r\\n" not in head:
            kept = b"x" * (300 * 2**20)
    connection.sendall(
        b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
    connection.close()

while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


class GreedyChildServer(Double):
    """Serves many at once, and has a child for what a slow client wants, which takes
    more memory than there is. It waits for its children, and goes on."""

    program = (
        GreedyServer.program.replace(
            'kept = b"x" * (300 * 2**20)',
            """kept = b"x"
            if not os.fork():
                all = [b"x" * 2**20 for _ in range(2000)]
                os._exit(0)""",
        )
        .replace("import socket", "import os, signal, socket", 1)
        .replace(
            "listener =", "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\nlistener =", 1
        )
    )


class ShoutingServer(Double):
    """Floods its log with long lines, broken text and control characters."""

    program = (
        "import sys, threading\n"
        "def shout():\n"
        "    while True:\n"
        "        line = b'\\x1b[31m\\xff\\x00' + b'x' * 20000\n"
        "        sys.stderr.buffer.write(line + b'\\n')\n"
        "threading.Thread(target=shout, daemon=True).start()\n"
        + OneAtATimeServer.program
    )


class PairServer(Double):
    """Two processes that serve one client after the other on kept connections; the
    parent replaces one that ends, and says so; SIGHUP makes it say so too."""

    reload_signal = "SIGHUP"
    program = """
import os, signal, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)

def serve():
    while True:
        connection, _ = listener.accept()
        with connection:
            head = b""
            while piece := connection.recv(4096):
                head += piece
                while b"\\r\\n\\r\\n" in head:
                    head = head.partition(b"\\r\\n\\r\\n")[2]
                    connection.sendall(
                        b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")

def spawn():
    if not os.fork():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        serve()

signal.signal(signal.SIGHUP, lambda *_: print("begins anew", flush=True))
print("room for", sys.argv[2], flush=True)
spawn(), spawn()
while True:
    os.wait()
    print("one is gone", flush=True)
    spawn()
"""


class Scripted(Scenario):
    """Carries out the plan it was made with, and judges nothing."""

    slug, title, question = "scripted", "Scripted", "What happens?"
    charts = ()

    @dataclass(frozen=True)
    class Params:
        pass

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def plan(self, params: Any) -> Plan:
        return self._plan

    def judge(self, result: Any) -> Judgement:
        return Judgement(Verdict.MEASURED, "It was carried out")


def resolved(driver: Driver, scenario: Scenario, **params: Any) -> Any:
    """Put a run together as labs.plugins.registry.resolve would."""
    return SimpleNamespace(
        spec=Spec(driver.slug, scenario.slug),
        driver=driver,
        scenario=scenario,
        protocol=Http1(),
        knobs=driver.Knobs(),
        params=scenario.Params(**params),
    )
