"""Events on their way out, and in the result: none is shown and not kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from labs.bench.contracts import events
from labs.bench.contracts.events import Event, Status
from labs.bench.result.document import Record
from labs.bench.server.log_tail import LogLine


class Telling:
    """Gathers what is to be told. `now` gives seconds since the run began; `record` is
    set before the first event."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._pending: deque[Event] = deque()
        self.record: Record

    @property
    def is_pending(self) -> bool:
        """Whether there is something to hand out."""
        return bool(self._pending)

    def pending(self) -> Iterator[Event]:
        """Hand out the events that have gathered."""
        while self._pending:
            yield self._pending.popleft()

    def tell(self, event: Event) -> None:
        """Show an event, and keep it."""
        self.record.add(event)
        self._pending.append(event)

    def enter(self, status: Status, phase: str, sentence: str) -> None:
        """Tell that a phase begins."""
        self.tell(events.status(self._now(), status, phase, sentence))

    def line(self, line: LogLine) -> None:
        """Tell a line of the log."""
        self.tell(events.log(self._now(), line.source, line.text, line.level))

    def say(self, text: str, level: str = "info") -> None:
        """Tell a line of our own."""
        self.line(LogLine(text, level, "lab"))

    def fact(self, kind: str, **told: Any) -> None:
        """Keep what was done to the run: a command, an action, a server's state."""
        self.record.add_fact(kind, self._now(), **told)
