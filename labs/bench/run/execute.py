"""One run as a generator of events: starting, phases, draining, judged, finished.

Whatever happens, the sandbox is closed, and the last event is `finished`. Facts are
gathered here; opinions come from the scenario's judge, which reads only the result.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from labs.bench.contracts import events
from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.errors import LabError, Reason
from labs.bench.contracts.events import Event, Status
from labs.bench.contracts.resolved import Resolved
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import Plan
from labs.bench.generator.engine import Engine
from labs.bench.net.event_loop import EventLoop
from labs.bench.probe.client import Probes
from labs.bench.result.document import Record, with_judgement
from labs.bench.result.facts import Facts, RunSetup
from labs.bench.run import environment, preflight
from labs.bench.run.control import Control
from labs.bench.run.cpu_allocation import claim
from labs.bench.run.current_server import CurrentServer, knobs_with
from labs.bench.run.event_outbox import EventOutbox
from labs.bench.run.live_commands import LiveCommands, LoadSetter
from labs.bench.run.measurement import Measurement
from labs.bench.run.run_clock import RunClock
from labs.bench.run.run_loop import RunLoop, Stopped
from labs.bench.run.schedule import Schedule, longest_s, restarts
from labs.bench.run.server_actions import ServerActions
from labs.bench.run.tick_sampler import TickSampler
from labs.bench.server.under_test import READY_S
from labs.bench.verdicts import live_changes

GRACE_S = 15.0  # beyond the plan's own time: draining, closing, a busy machine


def run(
    resolved: Resolved,
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
        the_run = _Run(resolved, version, control or Control())
    except LabError as fault:
        yield events.finished(0, Status.FAILED, None, str(fault.reason), fault.message)
        return
    status, reason, message = Status.FINISHED, "", ""
    try:
        try:
            yield from the_run.play(commands_fd)
        finally:
            # It may raise a LabError itself: for processes that outlive their sandbox.
            the_run.close()
    except Stopped as stopped:
        status, reason, message = Status.CANCELLED, Reason.STOPPED, str(stopped)
    except LabError as fault:
        status, reason, message = Status.FAILED, fault.reason, fault.message
    yield from the_run.pending()
    yield the_run.finished(status, str(reason), message)


def _longest_s(plan: Plan) -> float:
    """Return how long a run of this plan may take before it is our fault."""
    starts = 1 + 2 * restarts(plan)  # a restart also waits for an end
    return longest_s(plan) + starts * READY_S + GRACE_S


class _Run:
    """The parts of one run, made one after the other and closed in reverse."""

    def __init__(self, resolved: Resolved, version: str, control: Control) -> None:
        self._resolved, self._version = resolved, version
        self._plan = plan = resolved.scenario.plan(resolved.params)
        self._host = preflight.HostLimits.read()
        driver = resolved.driver
        preflight.refuse(plan, driver, resolved.knobs, self._host)
        loop = EventLoop()
        clock = RunClock(loop.now)
        self._stack = ExitStack()
        self._cpus = cpus = claim()
        # The first phase may want other settings than were asked for.
        changed = plan.phases[0].knobs
        files = driver.files(knobs_with(resolved, changed), Endpoint())
        self._record = Record(RunSetup.of(resolved, version, files))
        out = EventOutbox(self._record, clock)
        server = CurrentServer(resolved, loop, cpus.server, out.log_line, changed)
        sampler = TickSampler(plan, driver, server.program.endpoint, cpus)
        self._parts = RunLoop(
            loop=loop,
            clock=clock,
            control=control,
            out=out,
            schedule=Schedule(plan),
            sampler=sampler,
            actions=ServerActions(out, clock, sampler),
            server=server,
            longest_s=_longest_s(plan),
        )
        self._commands = LiveCommands(self._parts)

    def play(self, commands_fd: int) -> Iterator[Event]:
        """Start the server, walk through the phases, drain."""
        parts = self._parts
        parts.control.watch(parts.loop, commands_fd, self._commands.receive)
        name = " ".join(filter(None, (self._resolved.driver.name, self._version)))
        sentence = f"Starting {name} in its sandbox"
        parts.out.begin_phase(Status.STARTING, "start", sentence)
        yield from parts.out.pending()
        # Before the launch, so that one that fails half way is closed as well.
        self._stack.callback(parts.sampler.close)
        self._stack.callback(parts.server.close)
        parts.server.program.launch()
        yield from parts.wait_for_the_server()
        parts.tick()  # not due yet, but there is something to see
        measurement = self._begin_to_measure()
        yield from measurement.phases()
        yield from measurement.drain()

    def _begin_to_measure(self) -> Measurement:
        parts, protocol = self._parts, self._resolved.protocol
        endpoint = parts.server.program.endpoint
        engine = Engine(parts.loop, endpoint, protocol, self._resolved.spec.seed)
        self._stack.callback(engine.finish)
        began_s, cpus = parts.clock.began_s, self._cpus.probe
        probes = Probes(parts.loop, self._plan, endpoint, protocol, began_s, cpus)
        measurement = Measurement(parts, engine, probes, self._record)
        parts.load = measurement
        setter = LoadSetter(parts, measurement, self._resolved, self._plan, self._host)
        self._commands.set_load = setter.set_load
        probes.start()
        self._stack.callback(measurement.end_probes)
        return measurement

    def close(self) -> None:
        """Close everything that was opened, whatever fails on the way."""
        self._parts.schedule.close(self._parts.clock.now_s)
        self._stack.close()

    def pending(self) -> Iterator[Event]:
        """Hand out the events that have gathered."""
        return self._parts.out.pending()

    def finished(self, status: Status, reason: str, message: str) -> Event:
        """Make the last event, with the result if there was anything to measure."""
        document = None
        if self._parts.schedule.stretches:
            document = self._document(status, reason, message)
        now_s = self._parts.clock.now_s
        return events.finished(now_s, status, document, reason, message)

    def _document(self, status: Status, reason: str, message: str) -> ResultDocument:
        scenario = self._resolved.scenario
        document = self._record.document(status, reason, message, self._facts())
        document["summary"].update(scenario.figures(document))
        if status is not Status.FINISHED:
            return document
        return with_judgement(document, live_changes.judge(scenario, document))

    def _facts(self) -> Facts:
        parts, cpus = self._parts, self._cpus
        sandbox = parts.server.program.sandbox
        return Facts(
            totals=parts.load.totals,
            duration_s=parts.clock.now_s,
            server_cpu_s=parts.sampler.server_cpu_s,
            load_cpu_s=parts.sampler.load_cpu_s,
            environment=environment.describe(sandbox, cpus.server, cpus.load),
            stretches=parts.schedule.stretches,
        )
