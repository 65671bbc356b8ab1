"""Starts one server in the real sandbox, asks it, stops it, and says what was seen.

A private network is entered once by a process, so each start is a process of its own:
this module as a program, with a request on stdin and a report on stdout, both JSON.
`report` is what tests call.
"""

from __future__ import annotations

import functools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labs.bench.contracts import settings
from labs.bench.contracts.errors import LabError
from labs.bench.contracts.protocol import Operation
from labs.bench.net.event_loop import EventLoop
from labs.bench.observer.observer import Observer
from labs.bench.run.cpu_allocation import claim
from labs.bench.sandbox import lab_root, netns
from labs.bench.server import binaries
from labs.bench.server.under_test import ServerUnderTest
from labs.plugins import registry
from tests.bench.sandbox.launching import groups_of
from tests.contracts.signatures import Standing, idle_problems, slow_problems
from tests.workers import SERVER_SLOT

CHECKOUT = Path(__file__).resolve().parents[2]
OPERATIONS = {"ping": 0, "wait": 300, "cpu": 100, "bytes": 5000}  # ms, ms, bytes
LOOK_S, STEADY_LOOKS = 0.05, 6
STAND_S = 10.0  # until it stands as its driver says; a server may have much to tidy up
GIVE_UP_S = 30.0  # a safety net; Apache takes ten where a child does not hear it


def report(
    driver: Any,
    knobs: dict[str, Any],
    *,
    wanted: tuple[int, int] | None = None,
    slow_clients: int = 0,
) -> dict[str, Any]:
    """Start a driver's server; skip where this machine does not have it.

    `wanted` are the processes and threads to wait for; without it the numbers are
    taken when they have come to rest. At the end it is asked to stop; with
    `slow_clients` holding on to it, its box is closed instead, as after a run, and
    `idle`, `slow` (tests.contracts.signatures.Standing) and `values` tell how it stood.
    """
    root = lab_root.find()
    if not root.exists:
        pytest.skip(f"{root.reason}; {root.how_to_get}")
    if reason := binaries.missing(driver, root):
        pytest.skip(". ".join(filter(None, (reason, driver.how_to_get))))
    request = {
        "folder": str(driver.folder),
        "knobs": knobs,
        "wanted": wanted,
        "slow_clients": slow_clients,
    }
    return _started(json.dumps(request))


@functools.cache
def _started(request: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.real_server"],
        input=request,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- the program ---------------------------------------------------------------------


def main() -> None:
    request = json.load(sys.stdin)
    driver = registry.find_servers(Path(request["folder"]).parent).plugins[
        Path(request["folder"]).name
    ]
    protocol = registry.protocols()[driver.protocol]
    knobs = settings.parse(driver.Knobs, request["knobs"])
    netns.enter_private_network()
    resolved = SimpleNamespace(driver=driver, knobs=knobs, protocol=protocol)
    story = _story(resolved, request["wanted"], request["slow_clients"])
    json.dump(story, sys.stdout)


def _story(
    resolved: Any, wanted: list[int] | None, slow_clients: int
) -> dict[str, Any]:
    loop, log = EventLoop(), []
    server = ServerUnderTest(
        resolved, loop, claim().server, log.append, slot=SERVER_SLOT
    )
    driver = resolved.driver
    observer = Observer(server.endpoint, driver.busy_in, driver.meanings)
    told: dict[str, Any] = {"fault": ""}
    mounted = _mounts()
    try:
        server.launch()
        _until(loop, lambda: server.check() or server.answers)
        told["answers"] = [_ask(server, resolved.protocol, k) for k in (True, False)]
        if resolved.knobs == driver.Knobs():
            told["operations"] = {
                name: _operate(server, resolved.protocol, name)
                for name in sorted(driver.operations)
            }
        told |= _look(loop, server, observer, wanted)
        if slow_clients:
            told |= _hold_slow_clients(loop, server, observer, resolved, slow_clients)
        else:
            told |= _stop(loop, server)
    except LabError as fault:
        told["fault"] = fault.message
    finally:
        server.close()
        observer.close()
    told["left"] = _left(told.get("pids", []), mounted)
    told["log"] = [line.text for line in log]
    return told


def _until(loop: EventLoop, is_so: Callable[[], Any]) -> bool:
    until_s = loop.now() + GIVE_UP_S
    while not (found := is_so()) and loop.now() < until_s:
        loop.step(0.01)
    return bool(found)


def _operate(server: ServerUnderTest, protocol: Any, name: str) -> dict[str, Any]:
    """Return the answer to an operation with its argument of OPERATIONS, and how many
    seconds it took."""
    began_s = time.monotonic()
    answer = _ask(server, protocol, False, Operation(name, OPERATIONS[name]))
    return {"answer": answer, "took_s": time.monotonic() - began_s}


def _ask(
    server: ServerUnderTest,
    protocol: Any,
    keep_alive: bool,
    operation: Operation = Operation("ping"),  # noqa: B008  frozen
) -> str:
    """Return the bytes of one answer, as latin-1."""
    parser, data = protocol.parser(), b""
    with _connect(server) as client:
        client.sendall(protocol.request(operation, keep_alive=keep_alive))
        completed = 0
        while not completed:
            piece = client.recv(65536)
            completed = parser.feed(piece) if piece else parser.eof()
            data += piece
            if not piece:
                break
    return data.decode("latin-1")


def _connect(server: ServerUnderTest) -> socket.socket:
    endpoint = server.endpoint
    return socket.create_connection((endpoint.host, endpoint.port), GIVE_UP_S)


def _look(
    loop: EventLoop,
    server: ServerUnderTest,
    observer: Observer,
    wanted: list[int] | None,
) -> dict[str, Any]:
    """Look from outside until the numbers are as wanted, or rest."""
    seen: list[list[int]] = []
    until_s = loop.now() + GIVE_UP_S
    while loop.now() < until_s:
        look = observer.look(server.pids, loop.now())
        board = look.board
        seen.append([len(board), sum(cell["threads"] for cell in board)])
        last = seen[-STEADY_LOOKS:]
        if wanted == seen[-1] or (wanted is None and last == [seen[-1]] * STEADY_LOOKS):
            break
        time.sleep(LOOK_S)
    pids = [server.box.outer_pid, *server.pids]
    return {
        "tasks": seen[-1],
        "board": board,
        "pids": pids,
        "uids": _uids(server.pids),
        "accept_queue_limit": look.values["accept_queue_limit"],
    }


def _hold_slow_clients(
    loop: EventLoop,
    server: ServerUnderTest,
    observer: Observer,
    resolved: Any,
    number: int,
) -> dict[str, Any]:
    """Observe it while idle, and while slow clients hold connections."""
    driver, knobs = resolved.driver, resolved.knobs
    signature, seen = driver.signature(knobs), {}

    def until(problems: Callable[[Standing], list[str]]) -> Standing:
        """Look until it stands so, look after look; if it never does, as it is."""
        until_s, at_rest = loop.now() + STAND_S, 0
        while loop.now() < until_s and at_rest < STEADY_LOOKS:
            loop.step(LOOK_S)
            seen["look"] = observer.look(server.pids, loop.now())
            standing = Standing.of(seen["look"].board)
            at_rest = 0 if problems(standing) else at_rest + 1
        return standing

    idle = until(lambda standing: idle_problems(signature, standing))
    clients = [_connect(server) for _ in range(number)]
    for client in clients:
        client.sendall(resolved.protocol.slow_head())
    served = min(number, driver.worker_slots(knobs) or number)
    slow = until(lambda standing: slow_problems(signature, idle, standing, served))
    _until(loop, lambda: _is_complete(observer, server, loop, seen, number))
    values = seen["look"].values
    return {"idle": asdict(idle), "slow": asdict(slow), "values": values}


def _is_complete(
    observer: Observer,
    server: ServerUnderTest,
    loop: EventLoop,
    seen: dict,
    number: int,
) -> bool:
    """Look at the connections, which are up to a second old."""
    loop.step(LOOK_S)
    seen["look"] = observer.look(server.pids, loop.now())
    values = seen["look"].values
    return values["connections_served"] + values["connections_waiting"] == number


def _uids(pids: list[int]) -> list[int]:
    """Return the real and effective users of processes, as the host numbers them."""
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    lines = [re.search(r"^Uid:(.*)", text, re.MULTILINE)[1] for text in texts]
    return sorted({int(word) for line in lines for word in line.split()})


def _stop(loop: EventLoop, server: ServerUnderTest) -> dict[str, Any]:
    """Ask it to stop, politely, and wait."""
    server.box.terminate()
    _until(loop, lambda: server.box.exit_code() is not None)
    return {"exit_code": server.box.exit_code()}


def _mounts() -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line.split()[1] for line in lines]


def _left(pids: list[int], mounted: list[str]) -> list[str]:
    """List what of it is still there: processes, mounts, control groups."""
    return [
        *(f"process {pid}" for pid in pids if os.path.exists(f"/proc/{pid}")),
        *(f"mount {path}" for path in _mounts() if path not in mounted),
        *(f"group {path}" for path in groups_of(os.getpid())),
    ]


if __name__ == "__main__":
    main()
