"""Charts that several scenarios show, so that one thing looks the same in all."""

from labs.bench.contracts.scenario import Chart, Series

# --- requests -------------------------------------------------------------------------

RATE = Chart(
    "rate",
    "Requests per second",
    "requests/s",
    (Series("requests_per_s", "Answered"), Series("errors_per_s", "Failed")),
    help="Answers in each fifth of a second, over its length.",
)
LATENCY = Chart(
    "latency",
    "Latency",
    "ms",
    (
        Series("latency_p50_ms", "Half within (p50)"),
        Series("latency_p90_ms", "90 of 100 within (p90)"),
        Series("latency_p99_ms", "99 of 100 within (p99)"),
    ),
    help="From the instant a request was due to the end of its answer.",
)
CONNECTIONS = Chart(
    "connections",
    "Connections",
    "connections",
    (
        Series("connections_open", "Open"),
        Series("in_flight", "Waiting for an answer"),
        Series("accept_queue", "Waiting to be accepted"),
    ),
)
PROBE = Chart(
    "probe",
    "What the honest client waited",
    "ms",
    (Series("probe_latency_ms", "Slowest answer"),),
    help="One request on a fresh connection, again and again. Gaps: given up.",
)


def held(title: str = "Slow connections") -> Chart:
    """Return the chart of the connections that are held."""
    return Chart(
        "slow",
        title,
        "connections",
        (
            Series("slow_held", "Held open"),
            Series("slow_target", "Wanted"),
            Series("slow_connecting", "Connecting"),
            Series("slow_refused", "Refused so far"),
            Series("slow_closed", "Closed by the server so far"),
        ),
        help="What is open, and what the server did about it.",
    )


# --- the server -----------------------------------------------------------------------

TASKS = Chart(
    "tasks",
    "Processes and threads",
    "",
    (Series("server_threads", "Threads"), Series("server_processes", "Processes")),
)
MEMORY = Chart(
    "memory",
    "Memory",
    "MiB",
    (Series("server_rss_bytes", "Resident"),),
    per_unit=2**20,
)


def workers(help: str = "") -> Chart:
    """Return the chart of workers that are occupied, and of who waits for one."""
    return Chart(
        "workers",
        "Workers taken, connections waiting",
        "",
        (
            Series("workers_busy", "Workers held by a connection"),
            Series("accept_queue", "Waiting to be accepted"),
        ),
        help=help,
    )


def cpu(help: str = "") -> Chart:
    """Return the chart of the processor's use."""
    return Chart(
        "cpu",
        "Processor",
        "% of one core",
        (
            Series("server_cpu_percent", "Server"),
            Series("load_cpu_percent", "Load generator"),
        ),
        help=help,
    )


LIMITING_CPU = cpu("Whichever is at its limit decides the rate.")
