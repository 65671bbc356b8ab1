"""The result document of a run: the types of docs/result.schema.json.

A test holds the two to each other. The schema adds what is allowed as a value, and for
whom it is; fields that are not required are absent in results of earlier versions, or
where they do not apply.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from labs.bench.contracts.stored_events import StoredEvent
from labs.bench.contracts.summary import Summary

# Values of knobs or parameters by name, as the plug-in that declares them types them.
SettingValues = Mapping[str, Any]
# The series of a run: columns of one length by name; `t_s` is when a tick was made.
Columns = Mapping[str, Sequence[float | None]]


class ServerEntry(TypedDict):
    """The server that was measured, and the settings it ran with."""

    slug: str
    name: str
    version: str
    concurrency_model: str
    worker_noun: str
    knobs: SettingValues


class ScenarioEntry(TypedDict):
    """The experiment, and its settings."""

    slug: str
    params: SettingValues


class SandboxEntry(TypedDict):
    """How the server was confined: the level of it, and a digest of the profile."""

    level: str
    profile: str


class PinnedEntry(TypedDict):
    """The cores that the server and the generator were given."""

    server: list[int]
    load: list[int]


class HostLimitsEntry(TypedDict):
    """What bounds one process of the generator; null: nothing does."""

    open_files: int | None
    client_ports: int


class EnvironmentEntry(TypedDict):
    """The machine, and nothing that identifies a person."""

    kernel: str
    cpu: str
    cores: int
    memory_bytes: int
    python: str
    sandbox: SandboxEntry
    pinned: PinnedEntry
    load_source_commit: str | None
    limits: NotRequired[HostLimitsEntry]


class OperationEntry(TypedDict):
    """What was asked of the server's application."""

    name: str
    argument: int


class LoadEntry(TypedDict):
    """A load as `loads.as_json` writes it: which fields there are depends on `type`."""

    type: str
    connections: int
    operation: NotRequired[OperationEntry]
    keep_alive: NotRequired[bool]
    timeout_s: NotRequired[float]
    connect_timeout_s: NotRequired[float]
    think_s: NotRequired[float]
    pipeline: NotRequired[int]
    once: NotRequired[bool]
    rate_per_s: NotRequired[float]
    to_rate_per_s: NotRequired[float | None]
    arrivals: NotRequired[str]
    interval_s: NotRequired[float]
    body_bytes: NotRequired[int]
    answer_bytes: NotRequired[int]
    read_bytes: NotRequired[int]
    ask_first: NotRequired[bool]


class ActionEntry(TypedDict):
    """What was done to the server when a phase began."""

    type: str
    target: NotRequired[str]


class HistogramEntry(TypedDict):
    """Latencies in whole microseconds: lower bound of a bucket -> how many."""

    counts: dict[str, int]
    total_us: int
    max_us: int


class CheckEntry(TypedDict):
    """One check by which the measurement judges itself."""

    slug: str
    statement: str
    holds: bool
    measured: str
    expected: str


class TrustEntry(TypedDict):
    """Whether the result may be believed: it may when every check holds."""

    holds: bool
    checks: list[CheckEntry]


class TallyEntry(TypedDict):
    """What the generator counted in a phase, request by request."""

    attempts: int
    ok: int
    errors: int
    unfinished: int
    outcomes: dict[str, int]
    connections_opened: int
    clients_starved: int
    measured_s: float
    requests_per_s: float
    latency_mean_ms: float | None
    latency_p50_ms: float | None
    latency_p90_ms: float | None
    latency_p99_ms: float | None
    latency_max_ms: float | None
    latency: HistogramEntry
    failed_s: NotRequired[float]
    offered_per_s: NotRequired[float]
    send_delay_p99_ms: NotRequired[float | None]
    send_delay_max_ms: NotRequired[float | None]
    begun_late_p99_ms: NotRequired[float | None]


class ResourcesEntry(TypedDict):
    """What such a phase took of the processors, and what there is to doubt in it."""

    load_cpu_percent: float | None
    server_cpu_percent: float | None
    generator_limited: bool
    doubts: NotRequired[list[CheckEntry]]


class CountedEntry(TallyEntry, ResourcesEntry):
    """What a phase counted, if its requests are counted one by one."""


class PhaseSpan(TypedDict):
    """What every phase has, whatever it offered."""

    name: str
    status: str
    start_s: float
    end_s: float
    sentence: str
    action: NotRequired[ActionEntry | None]
    knobs: NotRequired[SettingValues]


class PhaseEntry(PhaseSpan):
    """A phase as it was really run."""

    load: LoadEntry | None
    counted: NotRequired[CountedEntry | None]


class CountedPhase(PhaseSpan):
    """A phase that counted requests: then it offered a load, too."""

    load: LoadEntry
    counted: CountedEntry


class FindingEntry(TypedDict):
    """One statement about the run; `holds` is null for a figure and no claim."""

    slug: str
    statement: str
    holds: bool | None
    measured: float | str | None
    expected: float | str | None
    unit: str


class ResultDocument(TypedDict):
    """Everything that a run leaves."""

    schema: str
    status: str
    reason: str
    message: str
    server: ServerEntry
    scenario: ScenarioEntry
    seed: int
    environment: EnvironmentEntry
    started_at: str
    duration_s: float
    configuration: Mapping[str, str]
    phases: list[PhaseEntry]
    verdict: str | None
    sentence: str
    findings: list[FindingEntry]
    summary: Summary
    series: Columns
    events: list[StoredEvent]
    trust: TrustEntry


def tick_times(series: Columns) -> Sequence[float]:
    """Return when the ticks were made; this column alone has no gaps."""
    return cast(Sequence[float], series["t_s"])


def counted_phases(
    document: ResultDocument, name: str | None = None
) -> list[CountedPhase]:
    """Return the phases that counted requests, of one name if given, in order.

    Results from before phases were counted apart have none.
    """
    return [
        cast(CountedPhase, phase)
        for phase in document["phases"]
        if phase.get("counted") and name in (None, phase["name"])
    ]
