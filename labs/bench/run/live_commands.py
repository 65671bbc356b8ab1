"""Commands from upstream while a run goes on, and what each of them changes.

Every command is stored with the result, whether or not it was carried out, so that a
recording shows the whole run (`verdicts/live_changes.py` reads them).
"""

from collections.abc import Callable
from dataclasses import replace

from labs.bench.contracts import loads
from labs.bench.contracts.commands import KILL, SET, Command
from labs.bench.contracts.loads import Load
from labs.bench.contracts.resolved import Resolved
from labs.bench.contracts.scenario import Phase, Plan
from labs.bench.contracts.stored_events import command_event
from labs.bench.run import preflight
from labs.bench.run.measurement import Measurement
from labs.bench.run.preflight import HostLimits
from labs.bench.run.run_loop import RunLoop

# Takes a number of connections or a rate; returns why nothing was changed, or "".
SetLoad = Callable[[int | None, float | None], str]

_NOTHING_TO_SET = "There is nothing to set at present"


class LiveCommands:
    """Carries out what was asked for. `set_load` is that of the measurement, once the
    server answers."""

    def __init__(self, run_loop: RunLoop) -> None:
        self._run_loop, self._out = run_loop, run_loop.out
        self.set_load: SetLoad = self._refuse

    def receive(self, command: Command | None) -> None:
        """Carry out a command that was read; None stands for one that was malformed."""
        if command is None:
            self._out.log("A command was not understood", "warning")
            return
        at_s, refused = self._run_loop.clock.now_s, ""
        if command.name == KILL:
            refused = self._kill(command.values["target"])
        elif command.name == SET:
            values = command.values
            refused = self.set_load(values.get("connections"), values.get("rate_per_s"))
        else:
            self._out.log("Stop was asked for")
        self._out.store(command_event(at_s, command.name, command.values, refused))

    def _kill(self, target: str) -> str:
        done = self._run_loop.actions.kill(target, self._run_loop.server.program)
        return "" if done else "There was no process to kill"

    def _refuse(self, connections: int | None, rate_per_s: float | None) -> str:
        return log_refusal(self._run_loop, _NOTHING_TO_SET)


class LoadSetter:
    """Changes the number of the present phase's load, within what the host can hold."""

    def __init__(
        self,
        run_loop: RunLoop,
        measurement: Measurement,
        resolved: Resolved,
        plan: Plan,
        host: HostLimits,
    ) -> None:
        self._run_loop, self._measurement = run_loop, measurement
        self._resolved, self._plan, self._host = resolved, plan, host

    def set_load(self, connections: int | None, rate_per_s: float | None) -> str:
        """Go on with another number; the rest of the phase is counted apart. Return
        why not: then all goes on as it was."""
        schedule = self._run_loop.schedule
        phase = schedule.going_on
        load = loads.adjusted(phase.load if phase else None, connections, rate_per_s)
        if phase is None or load is None:
            return log_refusal(self._run_loop, _NOTHING_TO_SET)
        if refused := self._too_much(phase, load):
            return log_refusal(self._run_loop, refused)
        number = f"{connections:,} connections" if connections else f"{rate_per_s:g}/s"
        sentence = f"Changed to {number}"
        self._measurement.end_counting()
        now_s = self._run_loop.clock.now_s
        self._measurement.offer(schedule.split(load, now_s, sentence))
        self._run_loop.out.begin_phase(phase.status, phase.name, sentence)
        return ""

    def _too_much(self, phase: Phase, load: Load) -> str:
        # Asked as of a whole plan, of which this were the only phase.
        plan = replace(self._plan, phases=(replace(phase, load=load),))
        driver, knobs = self._resolved.driver, self._resolved.knobs
        return "; ".join(preflight.refusals(plan, driver, knobs, self._host))


def log_refusal(run_loop: RunLoop, why: str) -> str:
    """Log that nothing was changed; return why, for the event."""
    run_loop.out.log(f"Nothing was changed. {why}", "warning")
    return why
