"""How busy cores are, from the kernel's own count."""

import pytest

from labs.bench.observer import core_usage

TEXT = """cpu  300 0 100 1000 50 0 10 0 0 0
cpu0 200 10 50 500 30 1 4 5 0 0
cpu1 100 0 50 500 20 0 6 0 0 0
intr 12345
"""


def test_busy_is_all_but_idle_and_waiting_for_a_disk():
    busy = core_usage.parse(TEXT)
    hertz = core_usage._TICKS_PER_S
    assert busy == {0: pytest.approx(270 / hertz), 1: pytest.approx(156 / hertz)}


def test_time_given_to_guests_is_not_counted_twice():
    line = "cpu0 100 0 0 0 0 0 0 0 100 0"
    assert core_usage.parse(line) == {0: 100 / core_usage._TICKS_PER_S}


def test_shares_are_of_the_time_since_the_last_call(monkeypatch):
    counts = iter([{0: 10.0, 1: 20.0}, {0: 10.5, 1: 20.1}])
    monkeypatch.setattr(core_usage, "_busy_s", lambda: next(counts))
    instants = iter([100.0, 101.0])
    monkeypatch.setattr(core_usage.time, "monotonic", lambda: next(instants))
    watch = core_usage.CoreWatch(server={0}, load={1})
    assert watch.take() == {
        "server_cores_busy_percent": 50.0,
        "load_cores_busy_percent": 10.0,
    }


def test_a_core_that_the_kernel_does_not_tell_of_is_unknown(monkeypatch):
    monkeypatch.setattr(core_usage, "_busy_s", lambda: {0: 1.0})
    values = core_usage.CoreWatch(server={0, 7}, load={0}).take()
    assert values["server_cores_busy_percent"] is None
    assert values["load_cores_busy_percent"] == 0.0
