"""What is done to a server beside offering load, its end, and how it is told."""

from __future__ import annotations

from typing import Any

from labs.bench.contracts.errors import ServerFault
from labs.bench.contracts.scenario import Action, Kill
from labs.bench.run.event_outbox import Telling
from labs.bench.run.tick_sampler import Looks
from labs.bench.sandbox.limits import MEMORY_BYTES
from labs.bench.server.under_test import ServerUnderTest


class Acts:
    """Kills and reloads, by what `looks` saw of the server last."""

    def __init__(self, out: Telling, looks: Looks) -> None:
        self._out, self._looks = out, looks

    def act(self, action: Action, server: ServerUnderTest) -> None:
        """Do what a phase asks for when it begins."""
        self._looks.mark()
        if isinstance(action, Kill):
            self.kill(action.target, server)
        else:
            self.reload(server)

    def kill(self, target: str, server: ServerUnderTest) -> bool:
        """SIGKILL a worker, or the process that was started; say whether one was."""
        worker = self._looks.worker() if target == "worker" else None
        number = worker.number if worker else None
        done = server.kill(worker.pid if worker else None)
        what = f"process {number} ({worker.stat.name})" if worker else "the server"
        sentence = f"Killed {what}" if done else "There was no process to kill"
        held = worker.connections if worker else None
        told = {"pid": number if done else None, "connections": held}
        self._tell(sentence, action="kill", target=target, done=done, **told)
        return done

    def reload(self, server: ServerUnderTest) -> None:
        """Ask for a graceful restart."""
        done = server.reload()
        sentence = (
            "Asked the server to restart gracefully"
            if done
            else "The server knows no graceful restart"
        )
        self._tell(sentence, action="reload", target="", done=done, pid=None)

    def tell_out_of_memory(self, number: int) -> None:
        """Tell that so many more processes were ended, and that the server lives on."""
        were = "process was" if number == 1 else "processes were"
        limit = f"the sandbox has ({MEMORY_BYTES // 2**20} MiB)"
        sentence = f"{number} {were} ended for using more memory than {limit}"
        state = "out_of_memory"
        self._out.fact("server", state=state, processes=number, sentence=sentence)
        self._out.say(sentence, "warning")

    def tell_gone(self, fault: ServerFault | None) -> None:
        """Tell that the server ended: because it was killed, or by this fault."""
        why = {}
        if fault is not None:
            why = {"reason": str(fault.reason), "sentence": fault.message}
        self._out.fact("server", state="gone", **why)
        self._out.say(fault.message if fault else "The server is gone", "warning")

    def _tell(self, sentence: str, **told: Any) -> None:
        self._out.fact("action", **told, sentence=sentence)
        self._out.say(sentence, "warning")
