"""The server under test in its box: started, listened to, watched for its end."""

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import Reason, ServerFault
from labs.bench.contracts.resolved import Resolved
from labs.bench.contracts.result_document import SandboxEntry
from labs.bench.net.event_loop import EventLoop
from labs.bench.sandbox.box import RUN_SLOT, Box, BoxRequest
from labs.bench.sandbox.limits import MEMORY_BYTES
from labs.bench.server import binaries
from labs.bench.server.log_tail import LogLine, LogTail
from labs.bench.server.readiness import ReadyCheck

READY_S = 10.0
STOP_S = 1.0  # between the polite signal and the one that cannot be refused
_READ_BYTES = 64 * 1024
_PIPE_READS = 16
_READABLE = select.EPOLLIN
_KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True)
class _Running:
    """What there is once a server was launched."""

    box: Box
    ready: ReadyCheck


class ServerUnderTest:
    """One server. `say` is called with each line of its log as it comes; `knobs` are
    given where they are not those of the spec, `slot` where its user is not that of a
    run."""

    def __init__(
        self,
        resolved: Resolved,
        loop: EventLoop,
        cpus: frozenset[int],
        say: Callable[[LogLine], None],
        knobs: Any = None,
        slot: int = RUN_SLOT,
    ) -> None:
        driver, knobs = resolved.driver, knobs or resolved.knobs
        self._name, self._loop, self._say = driver.name, loop, say
        self._log = LogTail()
        self._since_s = loop.now()
        self.endpoint = Endpoint()
        self.files = driver.files(knobs, self.endpoint)
        self._request = BoxRequest(
            command=driver.command(knobs, self.endpoint),
            files=self.files,
            environment=driver.environment(knobs),
            needs=driver.needs(knobs),
            cpus=cpus,
            binaries=binaries.bound(driver),
            slot=slot,
        )
        self._protocol = resolved.protocol
        self._reload_signal = driver.reload_signal
        self._was_killed = False
        # How it ended while that was what the run was about; None as long as it lives.
        self.end: ServerFault | None = None
        self._reported_oom_kills = self._noticed_oom_kills = 0
        self._running: _Running | None = None

    def launch(self) -> None:
        """Start it and begin to ask whether it answers. BenchFault if it cannot be."""
        box = Box.launch(self._request)
        os.set_blocking(box.output_fd, False)
        self._loop.add(box.output_fd, _READABLE, self._on_output)
        ready = ReadyCheck(self._loop, box.endpoint, self._protocol)
        self._running = _Running(box, ready)

    @property
    def box(self) -> Box:
        """Its sandbox. RuntimeError before it was launched."""
        return self._launched.box

    @property
    def answers(self) -> bool:
        """Whether it has answered an honest request."""
        return self._launched.ready.answered

    @property
    def pids(self) -> list[int]:
        """The host's numbers of its processes; empty before it was launched."""
        return list(self.box.pids()) if self._running else []

    @property
    def sandbox(self) -> SandboxEntry:
        """How it is confined: `level` and `profile` of a result's environment."""
        return {"level": self.box.level, "profile": self.box.profile}

    @property
    def is_gone(self) -> bool:
        """Whether it has ended and that is no fault: by `kill`, or when it might."""
        ended = self.box.exit_code() is not None
        return ended and (self._was_killed or self.end is not None)

    def kill(self, pid: int | None) -> bool:
        """SIGKILL one of its processes (a number of the host), or with None the one
        that was started. Return whether there was such a process."""
        pid = self.box.main_pid if pid is None else pid
        if pid is None or pid not in self.box.pids():
            return False
        self._was_killed = True  # its end, should it come of this, is no fault
        os.kill(pid, signal.SIGKILL)
        return True

    def reload(self) -> bool:
        """Ask it to restart gracefully; return whether it knows how."""
        pid = self.box.main_pid
        if pid is None or not self._reload_signal:
            return False
        os.kill(pid, getattr(signal, self._reload_signal))
        return True

    def check(self, *, may_end: bool = False) -> None:
        """Raise ServerFault if it has ended, or was given enough time to answer.

        With `may_end` its end is noted in `end` instead, unless somebody else killed
        it: that would say nothing about the server.
        """
        code = self.box.exit_code()
        if code is not None and not self._was_killed and self.end is None:
            fault = self._ended(code)
            # SIGKILL comes from somebody on this machine if not for memory.
            if not may_end or (code == _KILLED and not self.box.oom_killed):
                raise fault
            self.end = fault
        if not self.answers and self._passed_s > READY_S:
            raise ServerFault(
                f"{self._name} did not answer within {READY_S:g} s of its start",
                reason=Reason.SERVER_NOT_READY,
                log_tail=tuple(self._log.tail),
            )

    def take_out_of_memory(self) -> int:
        """Return how many of its processes were ended for their use of memory while the
        first, which may start others in their place, lived on.

        Each is returned a call later than it was noticed: if it was the first itself,
        that takes a while to be gone.
        """
        if self.box.exit_code() is not None:
            return 0
        new = self._noticed_oom_kills - self._reported_oom_kills
        self._reported_oom_kills = self._noticed_oom_kills
        self._noticed_oom_kills = self.box.oom_kills
        return new

    def close(self) -> None:
        """Ask it to stop, then take the box down with everything in it.

        What it still had to say is read first.
        """
        if self._running:
            self._running.ready.close()
            self._stop()
            self._stop_watching_output()
            self._read_what_is_left()
            self.box.close()
        for line in self._log.finish(self._passed_s):
            self._say(line)

    def _stop(self) -> None:
        until_s = self._loop.now() + STOP_S
        self.box.terminate()
        while self.box.exit_code() is None and self._loop.now() < until_s:
            self._loop.step(0.01)

    @property
    def _launched(self) -> _Running:
        if self._running is None:
            raise RuntimeError(f"{self._name} has not been launched")
        return self._running

    @property
    def _passed_s(self) -> float:
        return self._loop.now() - self._since_s

    def _ended(self, code: int) -> ServerFault:
        self._read_what_is_left()
        if self.box.oom_killed:
            return ServerFault(
                f"{self._name} was ended for using more memory than its sandbox has "
                f"({MEMORY_BYTES // 2**20} MiB)",
                reason=Reason.SERVER_MEMORY,
                log_tail=tuple(self._log.tail),
            )
        when = "while running" if self.answers else "while starting"
        last = f': "{self._log.tail[-1][:300]}"' if self._log.tail else ""
        return ServerFault(
            f"{self._name} ended {when}, {_how(code)}{last}",
            log_tail=tuple(self._log.tail),
        )

    def _on_output(self, mask: int) -> None:
        self._read_output()

    def _read_output(self) -> bool:
        """Read a little of what is there; return whether there may be more.

        A flood must not keep the loop from its other work.
        """
        try:
            data = os.read(self.box.output_fd, _READ_BYTES)
        except BlockingIOError:
            return False
        for line in self._log.feed(data, self._passed_s):
            self._say(line)
        if not data:
            self._stop_watching_output()
        return bool(data)

    def _read_what_is_left(self) -> None:
        """Read what the pipe still holds: it has room for a mebibyte, not for more."""
        # 16 times 64 KiB is all that the pipe can hold: box._PIPE_BYTES.
        for _ in range(_PIPE_READS):
            if not self._read_output():
                return

    def _stop_watching_output(self) -> None:
        with suppress(OSError, KeyError):
            self._loop.remove(self.box.output_fd)


def _how(code: int) -> str:
    # bwrap reports a signal as a shell does.
    return f"by signal {code - 128}" if code > 128 else f"with exit code {code}"
