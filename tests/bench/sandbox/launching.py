"""A launcher of sandboxes to order, a process of its own: one enters a private network
once and for all. It goes through the product's own `Box` and knows nothing of bwrap.

As a program it reads requests from its stdin and answers on stdout, one JSON a line:

    {"boxes": [{...}], "until": "end" | "first line"}  ->  {"boxes": [...]} | {"fault"}
    {"close": true}                                    ->  {"codes": [], "left": []}
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from labs.bench.contracts.errors import LabError
from labs.bench.sandbox import netns
from labs.bench.sandbox.box import Box, BoxRequest
from labs.bench.sandbox.limits import Limits
from tests.workers import SLOT

CHECKOUT = Path(__file__).resolve().parents[3]
PAYLOADS = CHECKOUT / "labs/bench/sandbox/payloads"
GROUPS = Path("/sys/fs/cgroup")
PYTHON = "/usr/bin/python3"  # the lab root's
IDLE = "print('ready', flush=True); import time; time.sleep(600)"
_PATIENCE_S = 20.0


def box(program: str, *words: str, slot: int = SLOT, **more: Any) -> dict[str, Any]:
    """Order a sandbox that runs this Python program; `more` are fields of BoxRequest,
    `limits` those of Limits."""
    command = [PYTHON, "-I", "/lab/program.py", *words]
    files = {"program.py": program, **more.pop("files", {})}
    environment = {"IN_SANDBOX": "1", **more.pop("environment", {})}
    order = {"command": command, "files": files, "environment": environment}
    return {**order, "slot": slot, **more}


def payload(name: str, *words: str, **more: Any) -> dict[str, Any]:
    """Order a sandbox that runs one of the doctor's own payloads."""
    return box((PAYLOADS / f"{name}.py").read_text(), *words, **more)


class Launcher:
    """The test's side of it. `with` kills it at the end, whatever state it is in."""

    def __init__(self, python: str = sys.executable, **options: Any) -> None:
        """Start one; `options` are those of Popen, such as env and user."""
        self._process = subprocess.Popen(
            [python, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            **options,
        )
        self.pid = self._process.pid
        self.network: str = self._read()["network"]

    def run(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        """Run sandboxes at the same time to their end, close them, and look that
        nothing of them is left; return {code, text, oom_killed} of each."""
        answers = self._ask(boxes=orders, until="end")["boxes"]
        self.close()
        return answers

    def run_one(self, order: dict[str, Any]) -> dict[str, Any]:
        """Run one sandbox; see `run`."""
        return self.run(order)[0]

    def hold(self, *orders: dict[str, Any]) -> list[dict[str, Any]]:
        """Start sandboxes and leave them running once each has written a line."""
        return self._ask(boxes=orders, until="first line")["boxes"]

    def fault(self, order: dict[str, Any]) -> dict[str, str]:
        """Return what was wrong with an order that cannot be carried out."""
        answer = self._ask(boxes=[order], until="end", may_fail=True)
        left = self._ask(close=True)["left"]
        assert left == [], left
        return answer["fault"]

    def send(self, *orders: dict[str, Any]) -> None:
        """Ask for sandboxes and do not wait for the answer."""
        self._write(boxes=orders, until="first line")

    def close(self) -> list[int | None]:
        """Close the sandboxes; assert that nothing is left; return their codes."""
        answer = self._ask(close=True)
        assert answer["left"] == [], answer["left"]
        assert members(self.network) == [self.pid]
        return answer["codes"]

    def kill(self) -> None:
        """Kill the launcher as the kernel does it when memory is short."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def _ask(self, *, may_fail: bool = False, **request: Any) -> dict[str, Any]:
        self._write(**request)
        answer = self._read()
        assert may_fail or "fault" not in answer, answer["fault"]
        return answer

    def _write(self, **request: Any) -> None:
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        assert line, f"The launcher ended with {self._process.wait()}"
        return json.loads(line)

    def __enter__(self) -> Launcher:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            self.kill()


def members(network: str) -> list[int]:
    """List the processes that live in a network namespace: every one of a sandbox."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/net") == network:
                found.append(int(pid))
        except OSError:
            continue  # it has just ended, or is not ours to look at
    return found


def wait_until_none(network: str) -> list[int]:
    """Wait for the last process in there; return those that will not go."""
    until_s = time.monotonic() + 5
    while (left := members(network)) and time.monotonic() < until_s:
        time.sleep(0.001)
    return left


def groups_of(pid: int | str) -> list[Path]:
    """List the control groups a launcher has made; "*" for those of all launchers."""
    name = f"concsite-{pid}-{os.stat('/proc/self/ns/pid').st_ino}-*"
    # Of version 2 and 1. Named, not looked for: groups of others come and go meanwhile.
    places = [GROUPS, *(GROUPS / kind for kind in ("pids", "memory", "cpu"))]
    return [path for place in places for path in place.glob(name)]


# --- the launcher itself --------------------------------------------------------------


def main() -> None:
    """Carry out requests until there are no more."""
    netns.enter_private_network()
    _say({"network": os.readlink("/proc/self/ns/net")})
    boxes, before = [], _held()
    for line in sys.stdin:
        request = json.loads(line)
        if "close" in request:
            _say({"codes": _close(boxes), "left": _left(before)})
            continue
        try:
            boxes += [_launch(order) for order in request["boxes"]]
            _say({"boxes": _collect(boxes, request["until"])})
        except LabError as error:
            _say({"fault": {"message": error.message, "reason": error.reason}})


def _launch(order: dict[str, Any]) -> Box:
    if "limits" in order:
        order["limits"] = Limits(**order["limits"])
    return Box.launch(BoxRequest(**order))


def _collect(boxes: list[Box], until: str) -> list[dict[str, Any]]:
    texts: dict[int, bytes] = {box.output_fd: b"" for box in boxes}
    waiting, until_s = set(texts), time.monotonic() + _PATIENCE_S
    while waiting and time.monotonic() < until_s:
        for fd in select.select(waiting, [], [], 0.1)[0]:
            piece = os.read(fd, 65536)
            texts[fd] += piece
            if not piece or (until == "first line" and b"\n" in texts[fd]):
                waiting.discard(fd)
    assert not waiting, f"{texts} is all that came in {_PATIENCE_S} s"
    return [_seen(box, texts[box.output_fd].decode(), until) for box in boxes]


def _seen(box: Box, text: str, until: str) -> dict[str, Any]:
    code = box.wait(_PATIENCE_S) if until == "end" else box.exit_code()
    return {
        "text": text,
        "code": code,
        "oom_killed": box.oom_killed,
        "outer_pid": box.outer_pid,
        "main_pid": box.main_pid,
        "pids": box.pids(),
        "level": box.level,
        "profile": box.profile,
        "limits_memory": box.group.limits_memory,
    }


def _close(boxes: list[Box]) -> list[int | None]:
    for each in boxes:
        each.close()
    codes = [each.exit_code() for each in boxes]
    boxes.clear()
    return codes


def _left(before: set[str]) -> list[str]:
    """List what is still there of sandboxes that were closed."""
    groups = {f"group {path}" for path in groups_of(os.getpid())}
    return sorted((_held() - before) | groups)


def _held() -> set[str]:
    """Name this process's mounts and open descriptors."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    fds = [int(name) for name in os.listdir("/proc/self/fd")]
    open_fds = filter(_is_open, fds)  # without the one that listed them
    return {f"mount {line}" for line in mounts} | {f"fd {fd}" for fd in open_fds}


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
