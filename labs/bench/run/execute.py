"""One run as a generator of events: starting, phases, draining, judged, finished.

Whatever happens, the box is closed, and the last event is `finished`. Facts are
gathered here; opinions come from the scenario's judge, which sees only the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from labs.bench.contracts import events, loads, settings
from labs.bench.contracts.commands import KILL, SET, Command
from labs.bench.contracts.errors import BenchFault, LabError, Reason
from labs.bench.contracts.events import Event, Status
from labs.bench.contracts.loads import Load
from labs.bench.contracts.scenario import Phase
from labs.bench.generator.engine import Engine
from labs.bench.net.event_loop import EventLoop
from labs.bench.probe.client import Probes
from labs.bench.result import document as result
from labs.bench.result.stretch import Stretch
from labs.bench.run import environment, preflight
from labs.bench.run.control import Control
from labs.bench.run.cpu_allocation import claim
from labs.bench.run.event_outbox import Telling
from labs.bench.run.schedule import Schedule, longest_s, restarts
from labs.bench.run.server_actions import Acts
from labs.bench.run.tick_sampler import Looks
from labs.bench.server.under_test import READY_S, ServerUnderTest
from labs.bench.verdicts import live_changes

GRACE_S = 15.0  # beyond the plan's own time: draining, closing, a busy machine
DRAIN_S = 1.0  # for requests on their way when the load ends
CHECK_S = 0.05  # how often to ask whether the server lives and whether to stop


class _Stopped(Exception):
    """Somebody asked for the end of the run; the text says who."""


def run(
    resolved: Any,
    commands_fd: int,
    *,
    version: str = "",
    control: Control | None = None,
) -> Iterator[Event]:
    """Run a resolved spec. Yields events; never raises LabError; ends in `finished`.

    `commands_fd` gives commands as JSON lines; `control` is for a caller that wants to
    stop the run by itself, as a signal handler does.
    """
    try:
        session = _Session(resolved, version, control or Control())
    except LabError as fault:
        yield events.finished(0, Status.FAILED, None, str(fault.reason), fault.message)
        return
    status, reason, message = Status.FINISHED, "", ""
    try:
        try:
            yield from session.play(commands_fd)
        finally:
            session.close()
    except _Stopped as stopped:
        status, reason, message = Status.CANCELLED, Reason.STOPPED, str(stopped)
    except LabError as fault:
        status, reason, message = Status.FAILED, fault.reason, fault.message
    yield from session.pending()
    yield session.finished(status, str(reason), message)


class _Session:
    """The parts of one run, made one after the other and closed in reverse."""

    def __init__(self, resolved: Any, version: str, control: Control) -> None:
        self._resolved, self._driver = resolved, resolved.driver
        self._version, self._control = version, control
        self._plan = resolved.scenario.plan(resolved.params)
        self._host = preflight.HostLimits.read()
        preflight.refuse(self._plan, self._driver, resolved.knobs, self._host)
        self._schedule = Schedule(self._plan)
        starts = 1 + 2 * restarts(self._plan)  # a restart also waits for an end
        self._wall_s = longest_s(self._plan) + starts * READY_S + GRACE_S
        self._loop = EventLoop()
        self._began_s = self._loop.now()
        self._out = Telling(self._now)
        self._stack = ExitStack()
        self._cpus = claim()
        # In which the server differs, at present, from what was asked for.
        self._knobs = self._plan.phases[0].knobs
        self._server = self._make_server(self._knobs)
        self._record = self._out.record = result.Record(
            result.Given.of(resolved, version, self._server.files)
        )
        endpoint = self._server.endpoint
        self._looks = Looks(self._plan, self._driver, endpoint, self._cpus)
        self._acts = Acts(self._out, self._looks)
        self._is_gone = False
        self._engine: Engine | None = None
        self._probes: Probes | None = None

    # -- the story -------------------------------------------------------------------

    def play(self, commands_fd: int) -> Iterator[Event]:
        """Start the server, walk through the phases, drain."""
        self._control.watch(self._loop, commands_fd, self._heard)
        name = " ".join(filter(None, (self._driver.name, self._version)))
        self._out.enter(Status.STARTING, "start", f"Starting {name} in its sandbox")
        yield from self._out.pending()
        self._stack.callback(self._looks.close)
        self._stack.callback(lambda: self._server.close())
        self._server.launch()
        yield from self._wait_for_the_server()
        self._tick()  # not due yet, but there is something to see
        yield from self._phases()
        yield from self._drain()

    def _phases(self) -> Iterator[Event]:
        endpoint, protocol = self._server.endpoint, self._resolved.protocol
        seed = self._resolved.spec.seed
        self._engine = Engine(self._loop, endpoint, protocol, seed)
        self._stack.callback(self._engine.finish)
        self._probes = Probes(
            self._loop, self._plan, endpoint, protocol, self._began_s, self._cpus.probe
        )
        self._probes.start()
        self._stack.callback(self._end_probes)
        while not self._schedule.finished:
            phase = self._schedule.due(self._now())
            if phase is None:
                if not self._schedule.finished:
                    yield from self._turn(self._schedule.ends_s)
                continue
            self._end_counting()
            if phase.knobs != self._knobs:
                yield from self._restart(phase.knobs)
            self._begin(self._schedule.begin(self._now()))

    def _begin(self, stretch: Stretch) -> None:
        phase = stretch.phase
        self._offer(stretch)
        self._out.enter(phase.status, phase.name, phase.sentence)
        if phase.action is not None:
            self._acts.act(phase.action, self._server)

    def _offer(self, stretch: Stretch) -> None:
        phase = stretch.phase
        stretch.tally = self._engine.begin_phase(
            phase.load, counted=stretch.counts, length_s=phase.duration_s
        )

    def _end_counting(self) -> None:
        """Note who has had no answer in the phase that just ended."""
        stretches = self._schedule.stretches
        if stretches and stretches[-1].counts:
            since_s = self._began_s + stretches[-1].start_s
            stretches[-1].tally.starved = self._engine.starved_since(since_s)

    def _drain(self) -> Iterator[Event]:
        """Let requests come home that are on their way."""
        self._out.enter(Status.DRAINING, "drain", "Waiting for the last answers")
        self._end_counting()
        self._engine.begin_phase(None)
        until_s = self._now() + DRAIN_S
        while self._engine.in_flight and self._now() < until_s:
            yield from self._turn(until_s)
        yield from self._out.pending()

    def close(self) -> None:
        """Close everything that was opened, whatever fails on the way."""
        self._schedule.close(self._now())
        self._stack.close()

    # -- what is done to the server --------------------------------------------------

    def _make_server(self, knobs: Mapping[str, Any]) -> ServerUnderTest:
        values = settings.as_dict(self._resolved.knobs) | dict(knobs)
        wanted = settings.parse(type(self._driver).Knobs, values)
        cores = self._cpus.server
        return ServerUnderTest(
            self._resolved, self._loop, cores, self._out.line, wanted
        )

    def _wait_for_the_server(self) -> Iterator[Event]:
        while not self._server.answers:
            yield from self._turn(self._now() + CHECK_S / 5)

    def _restart(self, knobs: Mapping[str, Any]) -> Iterator[Event]:
        """Start the server anew with other settings; no load is offered meanwhile."""
        as_asked = settings.as_dict(self._resolved.knobs)
        changed = knobs or {name: as_asked[name] for name in self._knobs}
        told = ", ".join(f"{name} = {value}" for name, value in changed.items())
        self._out.fact("server", state="restarting", knobs=dict(changed))
        self._out.say(f"The server is started anew with {told}")
        self._engine.begin_phase(None)
        self._server.close()
        self._is_gone = False
        self._looks.start_over()
        self._server = self._make_server(knobs)
        self._server.launch()
        yield from self._wait_for_the_server()
        self._knobs = knobs
        self._out.fact("server", state="ready", knobs=dict(changed))

    # -- one turn --------------------------------------------------------------------

    def _turn(self, until_s: float) -> Iterator[Event]:
        """Let the loop work until then, or until there is something to tell."""
        deadline_s = min(until_s, self._looks.due_s, self._now() + CHECK_S)
        self._loop.step(0)  # at least once, however late it is
        while not self._out.is_pending and (left_s := deadline_s - self._now()) > 0:
            self._loop.step(left_s)
        if self._looks.is_due(self._now()):
            self._tick()
        yield from self._out.pending()
        self._check()

    def _check(self) -> None:
        if self._control.stop_reason:
            raise _Stopped(self._control.stop_reason)
        self._check_server()
        if self._probes:
            self._probes.check()
        if self._now() > self._wall_s:
            raise BenchFault(
                f"The run was not over after {self._wall_s:g} s, the most its plan "
                "allows",
                reason=Reason.WALL_TIME,
            )

    def _check_server(self) -> None:
        self._server.check(may_end=self._schedule.may_end)
        if self._server.is_gone and not self._is_gone:
            self._is_gone = True
            self._acts.tell_gone(self._server.end)
            if self._server.end is not None:
                self._schedule.cut(self._now())

    def _tick(self) -> None:
        t_s = self._now()
        probes = self._take_probes()
        self._schedule.see(probes, t_s)
        tick = self._looks.tick(
            t_s, self._server.pids, self._loop, self._engine, probes
        )
        self._out.tell(tick)
        if number := self._server.take_out_of_memory():
            self._acts.tell_out_of_memory(number)

    def _take_probes(self) -> list:
        if self._probes is None:
            return []
        honest, slow = self._probes.take()
        self._record.add_probes(honest)
        self._record.add_probes(slow, client="slow")
        return honest

    def _end_probes(self) -> None:
        honest, slow = self._probes.stop()
        self._record.add_probes(honest)
        self._record.add_probes(slow, client="slow")

    # -- commands --------------------------------------------------------------------

    def _heard(self, command: Command | None) -> None:
        if command is None:
            self._out.say("A command was not understood", "warning")
            return
        at_s, refused = self._now(), ""
        if command.name == KILL:
            done = self._acts.kill(command.values["target"], self._server)
            refused = "" if done else "There was no process to kill"
        elif command.name == SET:
            refused = self._set(**command.values)
        else:
            self._out.say("Stop was asked for")
        told = {"command": command.name, "values": dict(command.values)}
        self._record.add_fact(
            "command", at_s, **told, done=not refused, refused=refused
        )

    def _set(
        self, connections: int | None = None, rate_per_s: float | None = None
    ) -> str:
        """Go on with another number; the rest of the phase is counted apart. Return
        why not: then all goes on as it was."""
        phase = self._schedule.going_on
        load = loads.adjusted(phase.load if phase else None, connections, rate_per_s)
        refused = self._why_not(phase, load)
        if refused:
            self._out.say(f"Nothing was changed. {refused}", "warning")
            return refused
        told = f"{connections:,} connections" if connections else f"{rate_per_s:g}/s"
        sentence = f"Changed to {told}"
        self._end_counting()
        self._offer(self._schedule.split(load, self._now(), sentence))
        self._out.enter(phase.status, phase.name, sentence)
        return ""

    def _why_not(self, phase: Phase | None, load: Load | None) -> str:
        if load is None:
            return "There is nothing to set at present"
        plan = replace(self._plan, phases=(replace(phase, load=load),))
        knobs = self._resolved.knobs
        return "; ".join(preflight.refusals(plan, self._driver, knobs, self._host))

    # -- the end ---------------------------------------------------------------------

    def pending(self) -> Iterator[Event]:
        """Hand out the events that have gathered."""
        return self._out.pending()

    def finished(self, status: Status, reason: str, message: str) -> Event:
        """Make the last event, with the result if there was anything to measure."""
        document = None
        if self._schedule.stretches:
            document = self._record.document(status, reason, message, self._facts())
            scenario = self._resolved.scenario
            document["summary"] |= scenario.figures(document)
            if status is Status.FINISHED:
                judgement = live_changes.judge(scenario, document)
                document = result.with_judgement(document, judgement)
        return events.finished(self._now(), status, document, reason, message)

    def _facts(self) -> result.Facts:
        return result.Facts(
            totals=self._engine.totals,
            duration_s=self._now(),
            server_cpu_s=self._looks.server_cpu_s,
            load_cpu_s=self._looks.load_cpu_s,
            environment=environment.describe(
                self._server.sandbox, self._cpus.server, self._cpus.load
            ),
            stretches=self._schedule.stretches,
        )

    def _now(self) -> float:
        return self._loop.now() - self._began_s
