"""The server under test, which a plan may start anew with other settings."""

from collections.abc import Callable, Mapping
from typing import Any

from labs.bench.contracts import settings
from labs.bench.contracts.resolved import Resolved
from labs.bench.net.event_loop import EventLoop
from labs.bench.server.log_tail import LogLine
from labs.bench.server.under_test import ServerUnderTest

# Knobs by name in which a phase has the server differ from what was asked for.
ChangedKnobs = Mapping[str, Any]


class CurrentServer:
    """One server at a time; `program` is the one that was started last."""

    def __init__(
        self,
        resolved: Resolved,
        loop: EventLoop,
        cores: frozenset[int],
        log_line: Callable[[LogLine], None],
        changed: ChangedKnobs,
    ) -> None:
        self._resolved, self._loop = resolved, loop
        self._cores, self._log_line = cores, log_line
        self._end_was_noticed = False
        self.changed = changed
        self.program = self._make(changed)

    def replace(self, changed: ChangedKnobs) -> None:
        """Stop the present one and launch another; it does not answer yet."""
        self.program.close()
        self._end_was_noticed = False
        self.program = self._make(changed)
        self.program.launch()
        self.changed = changed

    def difference(self, changed: ChangedKnobs) -> ChangedKnobs:
        """Return the settings that a restart with `changed` sets: back to what was
        asked for, if there are none."""
        as_asked = settings.as_dict(self._resolved.knobs)
        return changed or {name: as_asked[name] for name in self.changed}

    def has_newly_ended(self) -> bool:
        """Say once of each program that it is gone, without that being a fault."""
        if self._end_was_noticed or not self.program.is_gone:
            return False
        self._end_was_noticed = True
        return True

    def close(self) -> None:
        """Stop it, and take its sandbox down."""
        self.program.close()

    def _make(self, changed: ChangedKnobs) -> ServerUnderTest:
        knobs = knobs_with(self._resolved, changed)
        loop, cores = self._loop, self._cores
        return ServerUnderTest(self._resolved, loop, cores, self._log_line, knobs)


def knobs_with(resolved: Resolved, changed: ChangedKnobs) -> Any:
    """Return the driver's Knobs as asked for, but for what is changed."""
    values = settings.as_dict(resolved.knobs) | dict(changed)
    return settings.parse(type(resolved.driver).Knobs, values)
