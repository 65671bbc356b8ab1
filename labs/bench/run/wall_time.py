"""How long a run may take before that is a fault of ours, whoever looks at the clock.

The runner ends a run that takes longer; whoever started the runner allows it a little
more, and then ends the runner.
"""

from __future__ import annotations

from labs.bench.contracts.scenario import Plan
from labs.bench.run.schedule import longest_s, restarts
from labs.bench.server.under_test import READY_S

GRACE_S = 15.0  # beyond the plan's own time: draining, closing, a busy machine


def longest_run_s(plan: Plan) -> float:
    """Return how long a run of this plan may take from its first start of a server."""
    starts = 1 + 2 * restarts(plan)  # a restart also waits for an end
    return longest_s(plan) + starts * READY_S + GRACE_S
