"""What is done to a server beside offering load, how it ends, and how both are logged.

The instrument kills and reloads by what the observer knew of the server last.
"""

from labs.bench.contracts.errors import ServerFault
from labs.bench.contracts.scenario import Action, Kill
from labs.bench.contracts.stored_events import ActionEvent
from labs.bench.run.event_outbox import EventOutbox
from labs.bench.run.run_clock import RunClock
from labs.bench.run.tick_sampler import TickSampler
from labs.bench.sandbox.limits import MEMORY_BYTES
from labs.bench.server.under_test import ServerUnderTest


class ServerActions:
    """Kills and reloads the server under test."""

    def __init__(self, out: EventOutbox, clock: RunClock, sampler: TickSampler) -> None:
        self._out, self._clock, self._sampler = out, clock, sampler

    def carry_out(self, action: Action, server: ServerUnderTest) -> None:
        """Do what a phase asks for when it begins."""
        self._sampler.mark()
        if isinstance(action, Kill):
            self.kill(action.target, server)
        else:
            self.reload(server)

    def kill(self, target: str, server: ServerUnderTest) -> bool:
        """SIGKILL a worker, or the process that was started; say whether one was."""
        # As of the last tick: up to 200 ms old, and gone in the meantime perhaps.
        worker = self._sampler.worker() if target == "worker" else None
        done = server.kill(worker.pid if worker else None)
        what = (
            f"process {worker.number} ({worker.stat.name})" if worker else "the server"
        )
        self._store(
            {
                "type": "action",
                "t_s": self._clock.stamp_s,
                "action": "kill",
                "target": target,
                "done": done,
                "pid": worker.number if worker and done else None,
                "connections": worker.connections if worker else None,
                "sentence": f"Killed {what}"
                if done
                else "There was no process to kill",
            }
        )
        return done

    def reload(self, server: ServerUnderTest) -> None:
        """Ask for a graceful restart."""
        done = server.reload()
        self._store(
            {
                "type": "action",
                "t_s": self._clock.stamp_s,
                "action": "reload",
                "target": "",
                "done": done,
                "pid": None,
                "sentence": "Asked the server to restart gracefully"
                if done
                else "The server knows no graceful restart",
            }
        )

    def report_out_of_memory(self, number: int) -> None:
        """Log that so many more processes were ended, and that the server lives on."""
        were = "process was" if number == 1 else "processes were"
        limit = f"the sandbox has ({MEMORY_BYTES // 2**20} MiB)"
        sentence = f"{number} {were} ended for using more memory than {limit}"
        self._out.store_server("out_of_memory", processes=number, sentence=sentence)
        self._out.log(sentence, "warning")

    def report_end(self, fault: ServerFault | None) -> None:
        """Log that the server ended: because it was killed, or by this fault."""
        if fault is None:
            self._out.store_server("gone")
            self._out.log("The server is gone", "warning")
        else:
            reason, sentence = str(fault.reason), fault.message
            self._out.store_server("gone", reason=reason, sentence=sentence)
            self._out.log(sentence, "warning")

    def _store(self, event: ActionEvent) -> None:
        self._out.store(event)
        self._out.log(event["sentence"], "warning")
