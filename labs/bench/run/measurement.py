"""The part of a run in which the server answers: phases, load and probes.

It exists from the first answer on, so that everything in it has an engine and probes.
"""

from collections.abc import Iterator, Sequence

from labs.bench.contracts.events import Event, Status, TickValues
from labs.bench.contracts.stored_events import ProbeRow
from labs.bench.generator.engine import Engine
from labs.bench.generator.tick_window import Totals
from labs.bench.probe.client import Probes
from labs.bench.result.document import Record
from labs.bench.result.stretch import Stretch
from labs.bench.run.current_server import ChangedKnobs
from labs.bench.run.run_loop import RunLoop

DRAIN_S = 1.0  # for requests on their way when the load ends
SLOW_CLIENT = "slow"  # as the second honest client is named in the result


class Measurement:
    """Walks through a plan's phases; the `LoadSide` of the run's loop."""

    def __init__(
        self, run_loop: RunLoop, engine: Engine, probes: Probes, record: Record
    ) -> None:
        self._run_loop, self._record = run_loop, record
        self._engine, self._probes = engine, probes
        self._schedule, self._clock = run_loop.schedule, run_loop.clock

    # -- the phases ------------------------------------------------------------------

    def phases(self) -> Iterator[Event]:
        """Carry out one phase after the other."""
        schedule = self._schedule
        while not schedule.finished:
            phase = schedule.due(self._clock.now_s)
            if phase is None:
                if not schedule.finished:
                    yield from self._run_loop.turn(schedule.ends_s)
                continue
            self.end_counting()
            if phase.knobs != self._run_loop.server.changed:
                yield from self._restart(phase.knobs)
            self._begin(schedule.begin(self._clock.now_s))

    def drain(self) -> Iterator[Event]:
        """Wait a moment for the answers of requests that are on their way."""
        out = self._run_loop.out
        out.begin_phase(Status.DRAINING, "drain", "Waiting for the last answers")
        self.end_counting()
        self._engine.begin_phase(None)
        until_s = self._clock.now_s + DRAIN_S
        while self._engine.in_flight and self._clock.now_s < until_s:
            yield from self._run_loop.turn(until_s)
        yield from out.pending()

    def offer(self, stretch: Stretch) -> None:
        """Offer the load of a phase, and count its requests from now on."""
        phase = stretch.phase
        stretch.tally = self._engine.begin_phase(
            phase.load, counted=stretch.counts, length_s=phase.duration_s
        )

    def end_counting(self) -> None:
        """Note who has had no answer in the phase that just ended."""
        stretches = self._schedule.stretches
        if stretches and stretches[-1].counts and stretches[-1].tally:
            since_s = self._clock.began_s + stretches[-1].start_s
            stretches[-1].tally.starved = self._engine.starved_since(since_s)

    def _begin(self, stretch: Stretch) -> None:
        phase = stretch.phase
        self.offer(stretch)
        self._run_loop.out.begin_phase(phase.status, phase.name, phase.sentence)
        if phase.action is not None:
            server = self._run_loop.server.program
            self._run_loop.actions.carry_out(phase.action, server)

    def _restart(self, knobs: ChangedKnobs) -> Iterator[Event]:
        """Start the server anew with other settings; no load is offered meanwhile."""
        out, server = self._run_loop.out, self._run_loop.server
        changed = server.difference(knobs)
        listed = ", ".join(f"{name} = {value}" for name, value in changed.items())
        out.store_server("restarting", knobs=dict(changed))
        out.log(f"The server is started anew with {listed}")
        self._engine.begin_phase(None)
        self._run_loop.sampler.start_over()
        server.replace(knobs)
        yield from self._run_loop.wait_for_the_server()
        out.store_server("ready", knobs=dict(changed))

    # -- as the loop's load side -----------------------------------------------------

    @property
    def children_cpu_s(self) -> float:
        """Processor time of the processes that share a held load."""
        return self._engine.children_cpu_s

    @property
    def totals(self) -> Totals:
        """What was counted beside the attempts."""
        return self._engine.totals

    def take_window(self, length_s: float) -> TickValues:
        """Return the load's numbers since the last call, `length_s` seconds ago."""
        return self._engine.take_window(length_s)

    def take_probes(self) -> Sequence[ProbeRow]:
        """Store the probes that ended since the last call; return the usual ones."""
        return self._store_probes(*self._probes.take())

    def check(self) -> None:
        """Raise BenchFault if a prober has ended."""
        self._probes.check()

    def end_probes(self) -> None:
        """End the probers, and store what they still had."""
        self._store_probes(*self._probes.stop())

    def _store_probes(
        self, honest: Sequence[ProbeRow], slow: Sequence[ProbeRow]
    ) -> Sequence[ProbeRow]:
        self._record.add_probes(honest)
        self._record.add_probes(slow, client=SLOW_CLIENT)
        return honest
