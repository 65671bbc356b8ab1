"""What the parts of a run hand over for its document: what was run and counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from labs.bench.contracts import settings
from labs.bench.contracts.resolved import Resolved
from labs.bench.contracts.result_document import (
    CountedPhase,
    EnvironmentEntry,
    ScenarioEntry,
    ServerEntry,
)
from labs.bench.contracts.scenario import Plan
from labs.bench.generator.tick_window import Totals
from labs.bench.result.stretch import Stretch


@dataclass
class Facts:
    """What the parts of a run counted, handed over at its end."""

    totals: Totals  # of connections; attempts are counted phase by phase
    duration_s: float
    server_cpu_s: float
    load_cpu_s: float
    environment: EnvironmentEntry
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class RunSetup:
    """What was run: the parts of the document that are known before it begins.

    `headline` is the scenario's: which of the counted phases the summary is of.
    """

    server: ServerEntry
    scenario: ScenarioEntry
    seed: int
    plan: Plan
    configuration: Mapping[str, str]
    worker_slots: int | None
    headline: Callable[[Sequence[CountedPhase]], int]

    @classmethod
    def of(
        cls, resolved: Resolved, version: str, configuration: Mapping[str, str]
    ) -> Self:
        """Describe a resolved spec."""
        driver, scenario = resolved.driver, resolved.scenario
        return cls(
            server={
                "slug": driver.slug,
                "name": driver.name,
                "version": version,
                "concurrency_model": driver.concurrency_model,
                "worker_noun": driver.worker_noun,
                "knobs": settings.as_dict(resolved.knobs),
            },
            scenario={
                "slug": scenario.slug,
                "params": settings.as_dict(resolved.params),
            },
            seed=resolved.spec.seed,
            plan=scenario.plan(resolved.params),
            configuration=configuration,
            worker_slots=driver.worker_slots(resolved.knobs),
            headline=scenario.headline,
        )
