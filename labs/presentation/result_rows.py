"""The rows of a finished run's page: labels and units for what the result holds."""

from labs.plugins import registry
from labs.presentation import step_table
from labs.presentation.addresses import form_url
from labs.presentation.number_format import number

_SUMMARY = (
    ("requests_per_s", "Requests per second", ""),
    ("served_at_once", "Served at once", ""),
    ("latency_p50_ms", "Half of the answers within", "ms"),
    ("latency_p99_ms", "99 of 100 answers within", "ms"),
    ("latency_max_ms", "Slowest answer", "ms"),
    ("attempts", "Requests sent", ""),
    ("ok", "Answered", ""),
    ("errors", "Failed", ""),
    ("unfinished", "Without an end when the run ended", ""),
    ("connections_lost", "Connections the server ended unasked", ""),
    ("offered_per_s", "Requests offered a second", ""),
    ("send_delay_p99_ms", "99 of 100 sent after they were due within", "ms"),
    ("slow_opened", "Slow connections opened", ""),
    ("slow_held_max", "Most held at once", ""),
    ("slow_refused", "Refused", ""),
    ("slow_closed", "Closed by the server", ""),
    ("denied_at_connections", "Denied at", "slow connections"),
    ("denied_from_s", "Denied from", "s on"),
    ("answered_again_s", "Answered again at", "s"),
    ("recovered_after_s", "Recovered after", "s"),
    ("probe_ok_ratio_before", "Probes answered before", "%"),
    ("probe_ok_ratio_during", "Probes answered during", "%"),
    ("probe_ok_ratio_after", "Probes answered after", "%"),
    ("worker_slots", "Size of the pool", ""),
    ("workers_busy_max", "Most workers held at once", ""),
    ("server_processes_max", "Processes", ""),
    ("server_threads_max", "Threads", ""),
    ("server_rss_max_bytes", "Memory (resident, summed)", "MiB"),
    ("bytes_per_connection", "Memory for each connection", "bytes"),
    ("server_cpu_s", "Server's processor time", "s"),
    ("load_cpu_s", "Generator's processor time", "s"),
    ("accept_queue_max", "Longest accept queue", ""),
)
_ENVIRONMENT = (
    ("kernel", "Kernel"),
    ("cpu", "Processor"),
    ("cores", "Cores"),
    ("memory_bytes", "Memory"),
    ("python", "Python of the generator"),
    ("load_source_commit", "Version of the instrument"),
)
_MIB = 2**20
_LIMITS = (
    ("open_files", "Files a process of the generator may open"),
    ("client_ports", "Ports it may connect from, for each address"),
)


def build(run):
    """Return what the outcome partial shows; None while there is no result."""
    if not run.result:
        return None
    result = run.result
    return {
        "verdict": run.verdict,
        "sentence": run.verdict_sentence,
        "findings": result["findings"],
        "summary_rows": list(_summary_rows(result["summary"])),
        "environment_rows": list(_environment_rows(result)),
        "steps": step_table.build(result),
        "trust": result["trust"],
        "configuration": [
            {"name": name, "text": text}
            for name, text in result["configuration"].items()
        ],
        "other_servers": list(_other_servers(run)),
        "again_url": form_url(run.scenario, run.server, run),
    }


def _summary_rows(summary):
    for name, label, unit in _SUMMARY:
        value = summary.get(name)
        if value is not None:
            yield {"name": name, "label": label, **_shown(value, unit)}


def _shown(value, unit):
    if unit == "%":
        return {"value": f"{100 * value:.1f}", "unit": unit}
    if unit == "MiB":
        return {"value": f"{value / _MIB:,.1f}", "unit": unit}
    return {"value": number(value), "unit": unit}


def _environment_rows(result):
    environment, server = result["environment"], result["server"]
    version = " ".join(filter(None, (server["name"], server["version"])))
    yield {"label": "Server", "value": version}
    for name, value in server["knobs"].items():
        yield {"label": f"Server’s {name}", "value": value}
    for name, value in result["scenario"]["params"].items():
        yield {"label": f"Run’s {name}", "value": value}
    yield {"label": "Seed", "value": result["seed"]}
    for name, label in _ENVIRONMENT:
        value = environment.get(name)
        if value is not None:
            text = f"{value / 2**30:.1f} GiB" if name == "memory_bytes" else value
            yield {"label": label, "value": text}
    sandbox, pinned = environment["sandbox"], environment["pinned"]
    yield {"label": "Sandbox", "value": f"{sandbox['level']} ({sandbox['profile']})"}
    yield {"label": "Server’s cores", "value": _cores(pinned["server"])}
    yield {"label": "Generator’s cores", "value": _cores(pinned["load"])}
    for name, label in _LIMITS:
        if (value := environment.get("limits", {}).get(name)) is not None:
            yield {"label": label, "value": number(value)}
    yield {"label": "Started", "value": result["started_at"]}


def _cores(numbers):
    return ", ".join(map(str, numbers)) if numbers else "not pinned"


def _other_servers(run):
    scenario = registry.scenarios().get(run.scenario)
    if scenario is None:
        return
    for slug, driver in registry.servers().items():
        if slug != run.server and not registry.applicable(driver, scenario):
            yield {"driver": driver, "url": form_url(run.scenario, slug)}
