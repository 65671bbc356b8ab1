"""What lockstep cannot show: that the instrument's own clock and loop are as exact.

Only with CONCSITE_TEST_DEEP=1, since a machine that is busy with something else makes
answers late, and that is then what is measured.
"""

from __future__ import annotations

import pytest

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.loads import CONSTANT, ClosedLoop, OpenLoop
from labs.bench.generator.engine import Engine
from labs.bench.net.event_loop import EventLoop
from labs.protocols.http1 import Http1
from tests.calibration.properties import DEEP
from tests.calibration.serving import ahead_of_others, steady

pytestmark = pytest.mark.skipif(
    not DEEP, reason="Needs a quiet machine: set CONCSITE_TEST_DEEP=1"
)


@pytest.mark.parametrize(
    "load",
    [ClosedLoop(4), OpenLoop(200.0), OpenLoop(200.0, arrivals=CONSTANT)],
    ids=["closed", "poisson", "even"],
)
def test_what_a_server_took_is_what_is_read(load):
    loop = EventLoop()
    with steady(0.010) as server, ahead_of_others():
        engine = Engine(loop, Endpoint("127.0.0.1", server.port), Http1())
        tally = engine.begin_phase(load, counted=True, length_s=4.0)
        _go_on(loop, 4.0)
        engine.begin_phase(None)
        while engine.in_flight:
            loop.step(1.0)
        engine.finish()
        # It takes a little longer than 10 ms: its own process is woken up late, too.
        took_ms = sorted(1000 * took_s for took_s in server.end())
    loop.close()
    tally.settle()
    assert tally.outcomes["ok"] == len(took_ms) > 300
    for percent in (50, 99):
        own_ms = took_ms[-(-len(took_ms) * percent // 100) - 1]
        assert tally.latency.percentile_ms(percent) == pytest.approx(own_ms, abs=0.5)


def _go_on(loop: EventLoop, seconds: float) -> None:
    until_s = loop.now() + seconds
    while (left_s := until_s - loop.now()) > 0:
        loop.step(left_s)
