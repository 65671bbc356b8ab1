"""What the scenarios share in which an honest client asks all the time.

Settings of one name and meaning, and the phases without the attack.
"""

from typing import Any

from labs.bench.contracts.events import Status
from labs.bench.contracts.scenario import Phase, PhaseName
from labs.bench.contracts.settings import number


def before_s(default: float = 2.0, what: str = "attack") -> Any:
    help = f"How long to look before the {what}."
    return number(default, 1, 30, label="Before", unit="s", help=help)


def after_s() -> Any:
    return number(
        10.0,
        1,
        60,
        label="After",
        unit="s",
        help="The longest wait for the server to answer again.",
    )


def probe_interval_s(default: float = 0.2) -> Any:
    help = "How often the probe asks."
    return number(default, 0.05, 2, label="Probe every", unit="s", help=help)


def probe_timeout_s(default: float = 1.0) -> Any:
    help = "When the probe gives up."
    return number(default, 0.1, 10, label="Probe limit", unit="s", help=help)


def before(duration_s: float) -> Phase:
    """Return the phase in which only honest clients are there."""
    sentence = "Only the honest client is here"
    return Phase(PhaseName.BEFORE, Status.MEASURING, duration_s, sentence=sentence)


def after(duration_s: float, who: str) -> Phase:
    """Return the phase that waits for the server to answer again; `who` left."""
    return Phase(
        PhaseName.AFTER,
        Status.MEASURING,
        duration_s,
        sentence=f"{who} gone; waiting for the server to answer again",
        until_recovered=True,
    )
