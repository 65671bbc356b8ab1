"""One running sandbox: the only place that starts bwrap.

It is launched from the runner's main thread (bwrap's --die-with-parent follows the
thread that launched it), never with outer uid 0, with an empty environment, with its
arguments on a descriptor, and with every limit set before exec.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.contracts.needs import Needs
from labs.bench.sandbox import (
    arguments,
    cgroups,
    keeper,
    netns,
    profile,
    seccomp,
    stage,
)
from labs.bench.sandbox.limits import Limits

FIRST_UID = 64000  # a uid for each slot, and nobody else's
# The limit on processes counts those of a uid: none may take another's share.
RUN_SLOT, ONE_SHOT_SLOT, EXAMINATION_SLOT = 0, 1, 2
_INFO_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 2.0
_PIPE_BYTES = 1 << 20
_numbers = itertools.count()


@dataclass(frozen=True)
class BoxRequest:
    """What to run inside. `files` go to /lab, `binaries` are single files of the host
    (path inside -> path outside), `cpus` the processors it may use (None: all)."""

    command: list[str]
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
    cpus: frozenset[int] | None = None
    binaries: Mapping[str, Path] = field(default_factory=dict)
    slot: int = RUN_SLOT
    limits: Limits | None = None


class Box:
    """A sandbox that has been launched. Always `close()` it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        output_fd: int,
        group: cgroups.Group | cgroups.NoGroup,
        place: Path,
    ) -> None:
        self.endpoint = Endpoint()
        self.output_fd = output_fd
        self.group = group
        self._process = process
        # bwrap, and its child inside; None where it has ended already.
        self.outer_pid = keeper.first_child(process.pid)
        self._init_pid = keeper.first_child(self.outer_pid)
        self._place = place
        self._closed = False
        self._oom_kills = 0

    @classmethod
    def launch(cls, request: BoxRequest) -> Box:
        """Start the sandbox and return at once; the server in it may not be ready.

        Raises BenchFault: outside a private network or the main thread, without a lab
        root or bwrap, past a limit of the host, or when bwrap itself failed (with its
        last words).
        """
        if threading.current_thread() is not threading.main_thread():
            raise BenchFault(
                "A sandbox must be launched from the main thread: it ends with its "
                "launcher's thread",
                reason=Reason.SANDBOX,
            )
        network = netns.current()
        limits = request.limits or Limits.for_needs(request.needs)
        uid = FIRST_UID + request.slot if network.privileged else None
        place = stage.prepare(network.stage, next(_numbers), uid or 0, request.files)
        group = cgroups.make_group(limits, len(request.cpus or os.sched_getaffinity(0)))
        try:
            return cls._start(request, limits, uid, place, group)
        except BaseException:
            group.kill()
            group.remove()
            stage.discard(place)
            raise

    @classmethod
    def _start(
        cls,
        request: BoxRequest,
        limits: Limits,
        uid: int | None,
        place: Path,
        group: cgroups.Group | cgroups.NoGroup,
    ) -> Box:
        bwrap, rules = _bwrap(), seccomp.program()
        output, output_end = os.pipe2(os.O_CLOEXEC)
        info, info_end = os.pipe2(os.O_CLOEXEC)
        seccomp_fd = _memory_file(rules)
        words = arguments.build(
            place,
            request.environment,
            request.binaries,
            seccomp_fd=seccomp_fd,
            info_fd=info_end,
        )
        args_fd = _memory_file(arguments.encode(words))
        inherited = (output_end, info_end, seccomp_fd, args_fd)
        try:
            _make_room(output_end, uid)
            process = subprocess.Popen(
                [bwrap, "--args", str(args_fd), "--", *request.command],
                # bwrap gets nothing of ours; what the server needs is in the arguments.
                env={},
                stdin=subprocess.DEVNULL,
                stdout=output_end,
                stderr=output_end,
                close_fds=True,
                pass_fds=inherited[1:],
                preexec_fn=keeper.before_exec(limits, group, request.cpus, uid),
                cwd="/",
            )
        except (OSError, subprocess.SubprocessError) as error:
            os.close(output)
            os.close(info)
            raise BenchFault(
                f"bwrap could not be started: {error}", reason=Reason.SANDBOX
            ) from error
        finally:
            for fd in inherited:
                os.close(fd)
        os.set_blocking(output, False)
        _wait_until_made(info, process, output)
        return cls(process, output, group, place)

    @property
    def main_pid(self) -> int | None:
        """The server's process as the host numbers it; None before it is there."""
        return keeper.first_child(self._init_pid)

    @property
    def level(self) -> str:
        """How strictly it confines (docs/sandbox.md): strict or degraded."""
        return profile.level(
            own_user=netns.current().privileged,
            limits_memory=self.group.limits_memory,
        )

    @property
    def profile(self) -> str:
        """Name and hash of what confines it."""
        return profile.digest()

    @property
    def oom_killed(self) -> bool:
        """Whether the kernel ended something inside for using too much memory."""
        return self.oom_kills > 0

    @property
    def oom_kills(self) -> int:
        """How many processes inside the kernel ended for using too much memory."""
        return self._oom_kills or self.group.oom_kills()

    def pids(self) -> list[int]:
        """Return every process inside, without bwrap's own two."""
        bwraps = {self.outer_pid, self._init_pid}
        listed = None if self._closed else self.group.pids()
        if listed is None:
            listed = keeper.descendants(self._process.pid)
        return [pid for pid in listed if pid not in bwraps]

    def exit_code(self) -> int | None:
        """Return None while it lives, then the server's status (128 + signal)."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """Wait for its end and return the status; None if it lives on."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        return self._process.returncode

    def terminate(self) -> None:
        """Ask the server to stop: SIGTERM to its first process."""
        pid = self.main_pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def kill(self) -> None:
        """End everything inside at once: SIGKILL to the namespace's first process."""
        if self.outer_pid is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                # With its first process the kernel ends a namespace: pid_namespaces(7).
                os.kill(self.outer_pid, signal.SIGKILL)

    def close(self) -> None:
        """End and remove whatever is left. Idempotent.

        Raises BenchFault if a process survives for two seconds.
        """
        if self._closed:
            return
        self.kill()
        try:
            self._process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.group.kill()
        survivors = self._wait_for_none()
        self._oom_kills = self.group.oom_kills()
        self._closed = True
        os.close(self.output_fd)
        stage.discard(self._place)
        if survivors:
            raise BenchFault(
                f"{len(survivors)} sandboxed processes outlived their sandbox",
                reason=Reason.SANDBOX,
            )
        self.group.remove()

    def _wait_for_none(self) -> list[int]:
        until_s = time.monotonic() + _CLOSE_TIMEOUT_S
        while True:
            listed = self.group.pids() or []
            if not listed or time.monotonic() > until_s:
                return listed
            time.sleep(0.002)


def _bwrap() -> str:
    path = shutil.which("bwrap")
    if path is None:
        raise BenchFault(
            "bwrap is not installed; script/bootstrap installs it",
            reason=Reason.SANDBOX,
        )
    return path


def _memory_file(content: bytes) -> int:
    # Not a pipe, which would have to be filled while bwrap reads if it is long.
    fd = os.memfd_create("concsite", os.MFD_CLOEXEC)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _make_room(output_end: int, uid: int | None) -> None:
    """Let the server re-open its own log: /dev/stderr is opened by path, and then the
    pipe's owner counts."""
    with suppress(OSError):
        fcntl.fcntl(output_end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    if uid is not None:
        os.fchown(output_end, uid, uid)


def _wait_until_made(info: int, process: subprocess.Popen[bytes], output: int) -> None:
    """Wait for bwrap's report that the sandbox's first process is there."""
    text, until_s = b"", time.monotonic() + _INFO_TIMEOUT_S
    try:
        while b"}" not in text:
            left_s = until_s - time.monotonic()
            ready = left_s > 0 and select.select([info], [], [], left_s)[0]
            piece = os.read(info, 4096) if ready else b""
            if not piece:
                raise _launch_fault(process, output)
            text += piece
    finally:
        os.close(info)


def _launch_fault(process: subprocess.Popen[bytes], output: int) -> BenchFault:
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.kill()
    process.wait()
    try:
        words = os.read(output, 4096).decode("utf-8", "replace").strip()
    except BlockingIOError:
        words = ""
    os.close(output)
    return BenchFault(
        f"bwrap did not start the sandbox: {words or 'it said nothing'}",
        reason=Reason.SANDBOX,
    )
