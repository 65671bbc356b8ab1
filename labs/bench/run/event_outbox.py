"""Events on their way to the runner's output, each stored in the result as well.

One place does both, so that nothing can be shown that the result document lacks.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from labs.bench.contracts import events
from labs.bench.contracts.events import Event, Status
from labs.bench.contracts.stored_events import ServerEvent, StoredEvent
from labs.bench.result.document import Record
from labs.bench.run.run_clock import RunClock
from labs.bench.server.log_tail import LogLine


class EventOutbox:
    """Queues events until the run hands them out."""

    def __init__(self, record: Record, clock: RunClock) -> None:
        self._record, self._clock = record, clock
        self._queue: deque[Event] = deque()

    @property
    def is_pending(self) -> bool:
        """Whether there is an event to hand out."""
        return bool(self._queue)

    def pending(self) -> Iterator[Event]:
        """Hand out the events that have gathered."""
        while self._queue:
            yield self._queue.popleft()

    def publish(self, event: Event) -> None:
        """Queue an event, and store it."""
        self._record.add(event)
        self._queue.append(event)

    def begin_phase(self, status: Status, phase: str, sentence: str) -> None:
        """Publish that a phase begins."""
        self.publish(events.status(self._clock.now_s, status, phase, sentence))

    def log_line(self, line: LogLine) -> None:
        """Publish a line of the log."""
        self.publish(events.log(self._clock.now_s, line.source, line.text, line.level))

    def log(self, text: str, level: str = "info") -> None:
        """Publish a line about the run itself."""
        self.log_line(LogLine(text, level, "lab"))

    def store(self, event: StoredEvent) -> None:
        """Store what was done to the run: it is no event that is shown by itself."""
        self._record.store(event)

    def store_server(
        self,
        state: str,
        *,
        knobs: Mapping[str, Any] | None = None,
        reason: str = "",
        sentence: str = "",
        processes: int = 0,
    ) -> None:
        """Store a change of the server's state; what is empty is left out."""
        event: ServerEvent = {
            "type": "server",
            "t_s": self._clock.stamp_s,
            "state": state,
        }
        if processes:
            event["processes"] = processes
        if reason:
            event["reason"] = reason
        if sentence:
            event["sentence"] = sentence
        if knobs is not None:
            event["knobs"] = knobs
        self.store(event)
