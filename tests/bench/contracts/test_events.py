"""Events: one line of JSON each, and nothing a browser cannot read."""

import json
import math

import pytest

from labs.bench.contracts import events
from labs.bench.contracts.events import Status


class TestEvents:
    def test_a_line_holds_one_event(self):
        event = events.log(1.23456789, "server", "two\nlines", "warning")
        line = events.encode(event)
        assert line.count(b"\n") == 1
        assert json.loads(line) == event | {"t_s": 1.2346}

    def test_numbers_that_are_none_are_refused(self):
        with pytest.raises(ValueError):
            events.encode(events.tick(0.2, {"latency_p50_ms": math.nan}, [], []))

    def test_only_the_last_states_are_terminal(self):
        terminal = {status for status in Status if status.is_terminal}
        assert terminal == {"finished", "failed", "cancelled", "lost"}
