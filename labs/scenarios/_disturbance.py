"""The scenarios in which something is done to a server under load.

Parameters, the plan (warm-up, before, after the action), charts, common findings.
"""

from typing import Any

from labs.bench.contracts.events import Status
from labs.bench.contracts.loads import ClosedLoop
from labs.bench.contracts.scenario import (
    Action,
    Chart,
    Finding,
    Phase,
    PhaseName,
    Plan,
    ProbePlan,
    Series,
)
from labs.bench.contracts.settings import number
from labs.bench.verdicts.recovery import Recovery
from labs.bench.verdicts.wording import count, seconds
from labs.scenarios import _charts, _honest_client

# --- the parameters -------------------------------------------------------------------


def connections() -> Any:
    # One for each process of the usual pool of eight, less one that may be killed and
    # one for the probe: nobody waits for a worker, before or after.
    return number(
        6,
        1,
        200,
        label="Connections",
        help="How many clients ask, each on one connection that it keeps.",
    )


def interval_s() -> Any:
    return number(
        0.02,
        0.005,
        0.2,
        label="Pause",
        unit="s",
        help="How long each client waits after an answer before it asks again.",
    )


def warm_up_s() -> Any:
    help = "Load before it, not counted."
    return number(1.0, 0.5, 30, label="Warm-up", unit="s", help=help)


def before_s() -> Any:
    help = "How long to count before it."
    return number(3.0, 2, 30, label="Before", unit="s", help=help)


def duration_s() -> Any:
    return number(
        8.0,
        2,
        60,
        label="Watched",
        unit="s",
        help="How long to count after it: the limit for full service.",
    )


def probe_interval_s() -> Any:
    return _honest_client.probe_interval_s(0.1)


# --- the plan -------------------------------------------------------------------------


def plan(params: Any, action: Action, sentence: str) -> Plan:
    """Plan the same load before and after the action; `sentence` says what it is."""
    load = ClosedLoop(
        params.connections, think_s=params.interval_s, timeout_s=params.duration_s
    )
    clients = count(params.connections, "client")
    each = f"{clients} ask on kept connections"
    return Plan(
        phases=(
            Phase(
                "warm_up",
                Status.WARMING,
                params.warm_up_s,
                load,
                f"{each}; nothing is counted yet",
            ),
            Phase(PhaseName.BEFORE, Status.MEASURING, params.before_s, load, each),
            Phase(
                PhaseName.AFTER,
                Status.MEASURING,
                params.duration_s,
                load,
                sentence,
                action=action,
            ),
        ),
        probe=ProbePlan(params.probe_interval_s, params.probe_timeout_s),
    )


# --- the findings ---------------------------------------------------------------------


def service(recovery: Recovery, what: str) -> tuple[Finding, ...]:
    """Return what became of service: the rate, the probe, those refused. `what` names
    what was done."""
    full_s = recovery.full_after_s
    return (
        Finding.within(
            "full_service_s",
            f"Nearly as much as before is answered again after the {what}",
            full_s,
            recovery.watched_s,
        ),
        Finding.none("refused", "Nobody was refused", recovery.refused, "requests"),
        Finding.none(
            "unanswered",
            "No request waited for an answer in vain",
            recovery.unanswered,
            "requests",
        ),
        _probe(recovery, what),
        Finding.figure(
            "slowest_ms", "The slowest request took", recovery.slowest_ms, "ms"
        ),
    )


def _probe(recovery: Recovery, what: str) -> Finding:
    probes = recovery.probes
    answered = len(probes) - len(recovery.failed_probes)
    return Finding(
        "probe_after",
        f"New visitors were answered after the {what}",
        answered == len(probes) if probes else None,
        round(100 * answered / len(probes), 1) if probes else None,
        100,
        "% of probes",
    )


# --- the charts -----------------------------------------------------------------------

CHARTS = (
    _charts.RATE,
    Chart(
        "ended",
        "Connections that the server ended",
        "connections",
        (
            Series("connections_lost", "Lost"),
            Series("connections_idle_closed", "Of these, nothing was asked just then"),
            Series("connections_announced", "Ended as an answer had announced"),
        ),
        help="So far, from the beginning of the run.",
    ),
    _charts.PROBE,
    Chart(
        "processes",
        "Processes",
        "processes",
        (
            Series("server_processes", "All"),
            Series("server_processes_old", "Of these, there before it"),
        ),
    ),
    _charts.LATENCY,
    _charts.CONNECTIONS,
)


# --- the sentences --------------------------------------------------------------------


def share_at_end(recovery: Recovery) -> str:
    """Say how much of what was answered before was answered in the end."""
    return (
        f"{seconds(recovery.watched_s)} later {100 * recovery.share_at_end:.0f} % of "
        "what was answered before were answered"
    )
