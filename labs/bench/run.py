"""One run as a generator of events: starting, phases, draining, judged, finished.

Whatever happens, the box is closed, and the last event is `finished`. Facts are
gathered here; opinions come from the scenario's judge, which sees only the result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from labs.bench import board, environment, events, result
from labs.bench.control import Control
from labs.bench.cpus import claim
from labs.bench.engine import Engine
from labs.bench.errors import BenchFault, LabError, Reason
from labs.bench.events import Event, Status
from labs.bench.logtail import Line
from labs.bench.loop import Loop
from labs.bench.observe import Observer
from labs.bench.phases import Schedule, Stretch, longest_s
from labs.bench.probe import ProbeClient
from labs.bench.scenario import ClosedLoop, Phase
from labs.bench.subject import READY_S, ServerUnderTest
from labs.bench.ticker import LoadShare, ProbeValues, Ticker, load_names

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
        self._schedule = Schedule(self._plan)
        self._wall_s = longest_s(self._plan) + READY_S + GRACE_S
        self._loop = Loop()
        self._began_s = self._loop.now()
        self._pending: deque[Event] = deque()
        self._stack = ExitStack()
        self._cpus = claim()
        self._ticker, self._share = Ticker(), LoadShare()
        self._probe_values = ProbeValues()
        self._load_names = load_names(self._plan)
        self._server = ServerUnderTest(
            resolved, self._loop, self._cpus.server, self._say
        )
        self._record = result.Record(
            result.Given.of(resolved, version, self._server.files)
        )
        self._observer = Observer(
            self._server.endpoint, self._driver.busy_in, self._driver.meanings
        )
        self._board = board.Publisher()
        self._engine: Engine | None = None
        self._starved = 0
        self._probe: ProbeClient | None = None

    # -- the story -------------------------------------------------------------------

    def play(self, commands_fd: int) -> Iterator[Event]:
        """Start the server, walk through the phases, drain."""
        self._control.watch(self._loop, commands_fd, self._heard)
        name = " ".join(filter(None, (self._driver.name, self._version)))
        self._enter(Status.STARTING, "start", f"Starting {name} in its sandbox")
        yield from self.pending()
        self._stack.callback(self._observer.close)
        self._stack.callback(self._server.close)
        self._server.launch()
        while not self._server.answers:
            yield from self._turn(self._now() + CHECK_S / 5)
        self._tick()  # not due yet, but there is something to see
        yield from self._phases()
        yield from self._drain()

    def _phases(self) -> Iterator[Event]:
        endpoint, protocol = self._server.endpoint, self._resolved.protocol
        self._engine = Engine(self._loop, endpoint, protocol)
        self._stack.callback(self._engine.finish)
        if self._plan.probe is not None:
            self._probe = ProbeClient(
                self._loop,
                self._plan.probe,
                endpoint,
                protocol,
                self._began_s,
                self._cpus.probe,
            )
            self._probe.start()
            self._stack.callback(self._end_probe)
        while not self._schedule.finished:
            phase = self._schedule.turn(self._now())
            if phase is not None:
                self._begin(phase)
            elif not self._schedule.finished:
                yield from self._turn(self._schedule.ends_s)

    def _begin(self, phase: Phase) -> None:
        self._engine.measure(phase.status is Status.MEASURING)
        self._engine.apply(phase.load)
        self._enter(phase.status, phase.name, phase.sentence)

    def _drain(self) -> Iterator[Event]:
        """Let requests come home that are on their way."""
        self._enter(Status.DRAINING, "drain", "Waiting for the last answers")
        measured = self._measured()
        if measured:
            began_s = self._began_s + measured[0].start_s
            self._starved = self._engine.starved_since(began_s)
        self._engine.apply(None)
        until_s = self._now() + DRAIN_S
        while self._engine.in_flight and self._now() < until_s:
            yield from self._turn(until_s)
        yield from self.pending()

    def close(self) -> None:
        """Close everything that was opened, whatever fails on the way."""
        self._schedule.close(self._now())
        self._stack.close()

    # -- one turn --------------------------------------------------------------------

    def _turn(self, until_s: float) -> Iterator[Event]:
        """Let the loop work until then, or until there is something to tell."""
        deadline_s = min(until_s, self._ticker.due_s, self._now() + CHECK_S)
        while not self._pending and (left_s := deadline_s - self._now()) > 0:
            self._loop.step(left_s)
        if self._ticker.is_due(self._now()):
            self._tick()
        yield from self.pending()
        self._check()

    def _check(self) -> None:
        if self._control.stop_reason:
            raise _Stopped(self._control.stop_reason)
        self._server.check()
        if self._probe:
            self._probe.check()
        if self._now() > self._wall_s:
            raise BenchFault(
                f"The run was not over after {self._wall_s:g} s, the most its plan "
                "allows",
                reason=Reason.WALL_TIME,
            )

    def _tick(self) -> None:
        t_s = self._now()
        length_s = self._ticker.take(t_s)
        probes = self._probe.take() if self._probe else []
        self._schedule.see(probes, t_s)
        seen = self._observer.look(self._server.pids, self._loop.now())
        values = self._load_values(length_s) | seen.values
        if self._plan.probe is not None:
            values |= self._probe_values.take(probes)
        self._record.add_probes(probes)
        shown = self._board.update(seen.board, t_s)
        self._tell(events.tick(t_s, values, probes, shown))

    def _load_values(self, length_s: float) -> dict[str, float | None]:
        window = self._engine.take_window(length_s) if self._engine else {}
        named = {name: window.get(name) for name in self._load_names}
        lag = {"load_lag_ms": round(1000 * self._loop.take_lag(), 3)}
        return named | self._share.take(length_s) | lag

    # -- telling ---------------------------------------------------------------------

    def pending(self) -> Iterator[Event]:
        """Hand out the events that have gathered."""
        while self._pending:
            yield self._pending.popleft()

    def finished(self, status: Status, reason: str, message: str) -> Event:
        """Make the last event, with the result if there was anything to measure."""
        document = None
        if self._schedule.stretches:
            document = self._record.document(status, reason, message, self._facts())
            if status is Status.FINISHED:
                judgement = self._resolved.scenario.judge(document)
                document = result.with_judgement(document, judgement)
        return events.finished(self._now(), status, document, reason, message)

    def _facts(self) -> result.Facts:
        return result.Facts(
            totals=self._engine.totals(),
            duration_s=self._now(),
            measured_s=sum(s.end_s - s.start_s for s in self._measured()),
            starved=self._starved,
            server_cpu_s=self._observer.cpu_s,
            load_cpu_s=self._share.total_s,
            ticks_late=self._ticker.late,
            environment=environment.describe(
                self._server.sandbox, self._cpus.server, self._cpus.load
            ),
            stretches=self._schedule.stretches,
        )

    def _measured(self) -> list[Stretch]:
        """Return the phases whose requests count."""
        return [
            stretch
            for stretch in self._schedule.stretches
            if stretch.phase.status is Status.MEASURING
            and isinstance(stretch.phase.load, ClosedLoop)
        ]

    def _end_probe(self) -> None:
        self._record.add_probes(self._probe.stop())

    def _enter(self, status: Status, phase: str, sentence: str) -> None:
        self._tell(events.status(self._now(), status, phase, sentence))

    def _say(self, line: Line) -> None:
        self._tell(events.log(self._now(), line.source, line.text, line.level))

    def _heard(self, command: str) -> None:
        if not command:
            self._say(Line("A command was not understood", "warning", "lab"))
            return
        self._record.add_command(self._now(), command)
        self._say(Line("Stop was asked for", "info", "lab"))

    def _tell(self, event: Event) -> None:
        self._record.add(event)
        self._pending.append(event)

    def _now(self) -> float:
        return self._loop.now() - self._began_s
