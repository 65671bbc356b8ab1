"""What a run does to its server beside offering load, and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs.bench.processes import Process
from labs.bench.scenario import Action, Kill
from labs.bench.subject import ServerUnderTest
from labs.bench.telling import Telling


class Acts:
    """Kills and reloads. `worker` returns a process that serves, or None."""

    def __init__(self, out: Telling, worker: Callable[[], Process | None]) -> None:
        self._out, self._worker = out, worker

    def act(self, action: Action, server: ServerUnderTest) -> None:
        """Do what a phase asks for when it begins."""
        if isinstance(action, Kill):
            self.kill(action.target, server)
        else:
            self.reload(server)

    def kill(self, target: str, server: ServerUnderTest) -> None:
        """SIGKILL a worker, or the process that was started."""
        worker = self._worker() if target == "worker" else None
        number = worker.number if worker else None
        done = server.kill(worker.pid if worker else None)
        what = f"process {number} ({worker.stat.name})" if worker else "the server"
        sentence = f"Killed {what}" if done else "There was no process to kill"
        self._tell(sentence, action="kill", target=target, pid=number)

    def reload(self, server: ServerUnderTest) -> None:
        """Ask for a graceful restart."""
        done = server.reload()
        sentence = (
            "Asked the server to restart gracefully"
            if done
            else "The server knows no graceful restart"
        )
        self._tell(sentence, action="reload", target="", pid=None)

    def _tell(self, sentence: str, **told: Any) -> None:
        self._out.fact("action", **told, sentence=sentence)
        self._out.say(sentence, "warning")
