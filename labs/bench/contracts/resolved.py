"""A spec whose every word was found: what the core is given to run."""

from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.driver import Driver
from labs.bench.contracts.protocol import Protocol
from labs.bench.contracts.scenario import Scenario
from labs.bench.contracts.spec import Spec


@dataclass(frozen=True)
class Resolved:
    """The plug-ins that a spec names, and its settings as typed values within bounds.

    `knobs` and `params` are instances of the driver's `Knobs` and the scenario's
    `Params`; their types are known to the plug-ins alone.
    """

    spec: Spec
    driver: Driver
    scenario: Scenario
    protocol: Protocol
    knobs: Any
    params: Any
