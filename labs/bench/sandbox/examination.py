"""The doctor's checks: the host, a sandbox seen from outside, from inside, its end."""

import json
import os
import secrets
import select
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labs.bench.contracts.errors import LabError
from labs.bench.sandbox import lab_root, netns, profile, teardown
from labs.bench.sandbox.box import EXAMINATION_SLOT, FIRST_UID, Box, BoxRequest
from labs.bench.sandbox.limits import Limits

_PAYLOADS = Path(__file__).parent / "payloads"
_NAMESPACES = ("user", "pid", "ipc", "uts", "cgroup", "mnt", "net")
_TEARDOWN_S = 0.25
_MEMORY_BYTES = 64 * 2**20  # for the bomb: small, so that it is quick
_RUN_S = 8.0


@dataclass(frozen=True)
class Check:
    """One thing looked at. `without` is the level that is left when it fails."""

    id: str
    name: str
    ok: bool
    detail: str
    without: str = profile.REFUSE

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def all_checks() -> list[Check]:
    """Make every check. What cannot even start is a failed check, not an exception."""
    checks = list(_host())
    if not all(check.ok for check in checks if check.without == profile.REFUSE):
        return checks
    for group in (_teardown, _inside, _bombs):
        try:
            checks += group()
        except (LabError, OSError, ValueError, RuntimeError) as error:
            name = group.__name__.strip("_")
            checks.append(Check(name, f"sandbox: {name}", False, str(error)[:300]))
    return checks


def _host() -> Iterator[Check]:
    root = lab_root.find()
    yield Check("H1", "lab root", root.exists, root.reason or str(root.root))
    path, version = shutil.which("bwrap"), profile.bwrap_version()
    enough = _numbers(version) >= (0, 8)
    wanted = version if enough else f"found {version or 'none'}, at least 0.8.0 wanted"
    yield Check("H2", "bubblewrap", enough, wanted)
    if path:
        wrong = _wrong_with(os.stat(path))
        yield Check(
            "H3", "bubblewrap's file", not wrong, wrong or "not setuid, not writable"
        )
    links = Path("/proc/sys/fs/protected_hardlinks").read_text().strip() == "1"
    yield Check("H4", "protected links", links, "fs.protected_hardlinks", "degraded")


def _wrong_with(stat: os.stat_result) -> str:
    if stat.st_mode & 0o6000:
        return "it is setuid or setgid, so a flaw in it would be root's"
    if stat.st_uid not in (0, os.geteuid()) or stat.st_mode & 0o022:
        return "others can replace what is in it"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _teardown() -> Iterator[Check]:
    left, after_s = teardown.survivors_after(_TEARDOWN_S)
    detail = (
        f"{left} processes left 250 ms after its launcher was killed"
        if after_s is None
        else f"nothing left {1000 * after_s:.1f} ms after its launcher was killed"
    )
    yield Check("F5", "end of a sandbox", left == 0, detail)


# --- inside --------------------------------------------------------------------------


def _inside() -> Iterator[Check]:
    secret = secrets.token_hex(16)
    outer = {name: os.readlink(f"/proc/self/ns/{name}") for name in _NAMESPACES}
    # Planted before we leave the host's network, in which they stay.
    with (
        tempfile.NamedTemporaryFile("w+", prefix="concsite-canary-") as file,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as abstract,
    ):
        file.write(secret)
        file.flush()
        # A descriptor that a careless launcher would pass on.
        os.set_inheritable(file.fileno(), True)
        os.environ["CONCSITE_CANARY"] = secret
        abstract.bind(f"\0concsite-{secret}")
        abstract.listen(1)
        canaries = {
            "secret": secret,
            "file": file.name,
            "host_path": str(lab_root.home()),
            "port": tcp.getsockname()[1],
            "abstract": f"concsite-{secret}",
        }
        netns.enter_private_network()
        yield from _identity(outer)
        yield from _escapes(canaries)


def _identity(outer: dict[str, str]) -> Iterator[Check]:
    with closing(_launch("daemons")) as box:
        pid = _wait_for(lambda: box.main_pid)
        if pid is None:
            raise RuntimeError(f"The sandbox was not ready within {_RUN_S:g} s")
        status = _status(pid)
        uid = int(status["Uid"].split()[0])
        shared = [
            name
            for name in _NAMESPACES
            if os.readlink(f"/proc/{pid}/ns/{name}") == outer[name]
        ]
        has_own_user = uid == FIRST_UID + EXAMINATION_SLOT
        limits_memory, why = box.group.limits_memory, box.group.reason
    yield Check(
        "A01",
        "user of its own",
        has_own_user,
        f"uid {uid} on the host" if has_own_user else "it has the runner's own user",
        profile.DEGRADED,
    )
    yield Check(
        "A00", "namespaces", not shared, f"shared with the host: {shared or 'none'}"
    )
    capless = all(int(status[name], 16) == 0 for name in ("CapPrm", "CapEff", "CapBnd"))
    yield Check("A12", "capabilities", capless, "none" if capless else "some are left")
    yield Check(
        "A30", "memory limit", limits_memory, why or "control group", profile.DEGRADED
    )


def _escapes(canaries: dict[str, Any]) -> Iterator[Check]:
    # By file: what stands in its arguments, the payload would find in /proc itself.
    text = _run("escapes", "/lab/canaries", files={"canaries": json.dumps(canaries)})
    for name, outcome in json.loads(text.strip().splitlines()[-1]).items():
        identifier, _, _ = name.partition(" ")
        yield Check(identifier, name, outcome != "open", outcome)


# --- bombs ---------------------------------------------------------------------------


def _bombs() -> Iterator[Check]:
    limits = Limits()
    yield _bomb("A27", "fork bomb", limits.processes, "processes", "fork")
    yield _bomb("A28", "thread bomb", limits.processes, "threads", "thread")
    yield _bomb("A35", "open files", limits.open_files, "files", "file")
    for folder, most in (("/tmp", 32), ("/box", 64), ("/dev/shm", 32)):
        yield _bomb("A32", f"filling {folder}", most, "MiB", "disk", folder)
    yield _bomb("A33", "number of files", 4096, "files in /box", "inode", "/box")
    yield _memory_bomb()


def _bomb(identifier: str, name: str, most: int, unit: str, *words: str) -> Check:
    text = _run("bombs", *words).strip()
    taken = int(text) if text.isdigit() else None
    is_held = taken is not None and taken <= most
    detail = f"stopped at {taken} {unit}, the limit is {most}"
    # Without root, a tmpfs of the user's own is bounded in the same way.
    detail = detail if taken is not None else text[-200:]
    return Check(identifier, name, is_held, detail)


def _memory_bomb() -> Check:
    limits = Limits(memory_bytes=_MEMORY_BYTES)
    with closing(_launch("bombs", "memory", limits=limits)) as box:
        if not box.group.limits_memory:
            return Check(
                "A30", "memory bomb", False, "no control group", profile.DEGRADED
            )
        code = _wait_for(box.exit_code)
        killed = box.oom_killed
    detail = f"ended with {code}, killed for memory: {killed}"
    return Check("A30", "memory bomb", killed, detail)


# --- running payloads ----------------------------------------------------------------


def _launch(
    payload: str,
    *words: str,
    limits: Limits | None = None,
    files: dict[str, str] | None = None,
) -> Box:
    name = f"{payload}.py"
    return Box.launch(
        BoxRequest(
            ["/usr/bin/python3", "-I", f"/lab/{name}", *words],
            {name: (_PAYLOADS / name).read_text(), **(files or {})},
            environment={"IN_SANDBOX": "1"},
            limits=limits,
            slot=EXAMINATION_SLOT,
        )
    )


def _run(payload: str, *words: str, files: dict[str, str] | None = None) -> str:
    """Return what a payload printed until it ended; RuntimeError after 8 s."""
    text, until_s = b"", time.monotonic() + _RUN_S
    with closing(_launch(payload, *words, files=files)) as box:
        while (left_s := until_s - time.monotonic()) > 0:
            if select.select([box.output_fd], [], [], left_s)[0]:
                piece = os.read(box.output_fd, 65536)
                if not piece:
                    return text.decode("utf-8", "replace")
                text += piece
    raise RuntimeError(f"{payload} {' '.join(words)[:40]} did not end in {_RUN_S} s")


def _wait_for(look: Callable[[], int | None]) -> int | None:
    """Return the first number that `look` gives; None if it gave none in 8 s."""
    until_s = time.monotonic() + _RUN_S
    while (found := look()) is None and time.monotonic() < until_s:
        time.sleep(0.005)
    return found


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {
        name: value.strip() for name, _, value in (ln.partition(":") for ln in lines)
    }
