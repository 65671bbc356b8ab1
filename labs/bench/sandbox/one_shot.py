"""Run one short command in a sandbox and return what it printed.

The sandbox is started by a child process of its own (this module as a program), because
whoever asks (a page, a command) must neither change its namespaces nor launch from a
thread that ends.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from labs.bench.contracts.errors import BenchFault, LabError, Reason
from labs.bench.sandbox import netns
from labs.bench.sandbox.box import ONE_SHOT_SLOT, Box, BoxRequest

_CHECKOUT = Path(__file__).resolve().parents[3]
_KEPT_BYTES = 64 * 1024
_PASSED_ON = ("PATH", "HOME", "LANG", "LABS_HOME", "XDG_DATA_HOME")


def one_shot(
    command: list[str],
    timeout_s: float = 10.0,
    binaries: Mapping[str, Path] | None = None,
) -> tuple[int, str]:
    """Return (exit code, output, at most 64 KiB) of `command` in a fresh sandbox.

    `binaries` are single files of the host: path inside -> path outside.

    Raises BenchFault when the sandbox could not be started or the time was over.
    """
    outside = {inside: str(path) for inside, path in (binaries or {}).items()}
    request = json.dumps(
        {"command": command, "timeout_s": timeout_s, "binaries": outside}
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "labs.bench.sandbox.one_shot"],
            input=request,
            capture_output=True,
            text=True,
            # More than the command has: its sandbox must be made, and closed.
            timeout=timeout_s + 5,
            cwd=_CHECKOUT,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        raise BenchFault(f"{command[0]} did not end within {timeout_s} s") from None
    if done.returncode != 0:
        raise BenchFault(
            f"The sandbox's helper failed: {done.stderr.strip()[-300:]}",
            reason=Reason.SANDBOX,
        )
    answer = json.loads(done.stdout)
    if "fault" in answer:
        raise BenchFault(answer["fault"], reason=Reason.SANDBOX)
    return answer["code"], answer["text"]


def _serve() -> None:
    request = json.load(sys.stdin)
    try:
        netns.enter_private_network()
        outside = {inside: Path(p) for inside, p in request["binaries"].items()}
        order = BoxRequest(request["command"], binaries=outside, slot=ONE_SHOT_SLOT)
        with contextlib.closing(Box.launch(order)) as box:
            answer = _collect(box, request["timeout_s"])
    except LabError as error:
        answer = {"fault": error.message}
    json.dump(answer, sys.stdout)


def _collect(box: Box, timeout_s: float) -> dict[str, int | str | None]:
    until_s, text = time.monotonic() + timeout_s, b""
    while (left_s := until_s - time.monotonic()) > 0:
        if not select.select([box.output_fd], [], [], left_s)[0]:
            break
        piece = os.read(box.output_fd, 4096)
        if not piece:
            return {"code": box.wait(left_s), "text": text.decode("utf-8", "replace")}
        text = (text + piece)[:_KEPT_BYTES]
    return {"fault": f"The command did not end within {timeout_s} s"}


if __name__ == "__main__":
    _serve()
