"""
## The question

A server must now and then begin anew: with another configuration, or with another
version of the application. A *graceful restart* promises that nobody notices. Is the
promise kept?

## The method

1. Some clients, each on one connection that it keeps, ask for the smallest page and
   pause for a moment after each answer. A second honest client, the **probe**, asks on
   a fresh connection ten times a second.
2. The server is sent the signal by which it restarts gracefully, as `nginx -s reload`
   and `apachectl graceful` do: SIGHUP to NGINX and Gunicorn, SIGUSR1 to Apache, SIGUSR2
   to PHP-FPM. Its configuration is the same as before.
3. The same clients go on.

The old processes must be rid of the connections that clients mean to keep, and there
are three ways. They can *announce* the end with an answer (`Connection: close`): then
the client knows. They can close a connection *while nothing is asked* on it: then no
request is lost, unless the client's next one was already on its way, which no server
can know. Or they can *cut* it with a request under way: then that request is lost, and
whoever sent it must find out whether it was carried out.

New processes serve alone once the last old one is gone. Where the old ones go before
the first new one is there, nobody serves for that long, and everybody waits. A process
counts as old when it was there when the signal was sent. The first process, which only
looks after the others, stays. A pool is complete again when there are as many new
processes as there were old ones: some servers start them one after the other.

## How to read the charts

- **Connections that the server ended**: one step. Lost ones on which nothing was asked
  cost a new connection and no more. The rest of the lost were cut.
- **Processes**: where old and new ones are there together, nobody waits; where the old
  ones end first, everybody does. A line of old ones that does not fall to one is a
  worker that waits for its clients to leave.
- **Requests per second** and **What the honest client waited** show what was felt.
- **Latency** has its peak where clients had to wait for a new process.

The verdict is *denied* when at the end of the time watched less than half of what was
answered before is, or more than half of the last ten probes were not. It *degrades*
when a request was lost, refused or not answered, or a new visitor was not; when service
is not full again in that time, which is when nine tenths of the rate of before were
answered for a second; or when the old processes are still there, or never had as many
successors. It *holds* when nobody lost anything, however many connections were closed.
It is *inconclusive* when nothing was answered before.

What this does not show: requests that take long. A server lets them end, and some only
for so long. And with a longer pause, fewer requests meet a connection that is closing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.scenario import Finding, Judgement, Plan, Reload, Scenario
from labs.bench.verdicts import reading as v
from labs.bench.verdicts.process_generations import Generations
from labs.bench.verdicts.recovery import Aftermath
from labs.scenarios import _counted_requests, _held_connections
from labs.scenarios import _disturbance as d


@dataclass(frozen=True)
class Params:
    connections: int = d.connections()
    interval_s: float = d.interval_s()
    warm_up_s: float = d.warm_up_s()
    before_s: float = d.before_s()
    duration_s: float = d.duration_s()
    probe_interval_s: float = d.probe_interval_s()
    probe_timeout_s: float = _held_connections.probe_timeout_s()


class GracefulRestart(Scenario):
    title = "Graceful restart"
    question = "Does anybody lose a request when the server begins anew?"
    Params = Params
    needs_reload = True
    charts = d.CHARTS

    def plan(self, params: Params) -> Plan:
        sentence = "The server is asked to restart gracefully; the clients go on"
        return d.plan(params, Reload(), sentence)

    def judge(self, result: Mapping[str, Any]) -> Judgement:
        seen = Restart(result)
        doubt = v.doubt(result) or seen.nothing_to_compare()
        if doubt:
            return Judgement(Verdict.INCONCLUSIVE, doubt, _findings(seen))
        return Judgement(*_verdict(seen), _findings(seen))


class Restart(Aftermath, Generations):
    """A run in which the server was asked to restart."""

    @property
    def cut(self) -> int:
        """Connections that ended with a request under way."""
        return self.lost - self.idle_closed

    @property
    def failed(self) -> int:
        """Requests that were not answered, for whatever reason."""
        return self.requests_lost + self.refused + self.unanswered

    @property
    def is_over(self) -> bool:
        """Whether the old processes are gone and there are as many new ones."""
        ends_s = (self.old_gone_s, self.all_new_s)
        return not self.has_workers or None not in ends_s

    @property
    def has_workers(self) -> bool:
        """Whether there are processes beside the first, which can be told apart."""
        return self.processes_before > 1


def _verdict(seen: Restart) -> tuple[Verdict, str]:
    """Return the verdict, and the sentence that says what was observed."""
    told = "; ".join(filter(None, (_requests(seen), _connections(seen))))
    if seen.is_denied:
        return Verdict.DENIED, f"{told}; {_at_end(seen)}"
    told = "; ".join(filter(None, (told, _workers(seen), _slowest(seen))))
    if seen.full_after_s is None:
        return Verdict.DEGRADES, f"{told}; {_at_end(seen)}"
    if seen.failed or seen.failed_probes or not seen.is_over:
        return Verdict.DEGRADES, told
    return Verdict.HOLDS, told


def _requests(seen: Restart) -> str:
    parts = [
        f"{v.count(number, 'request')} {how}"
        for number, how in (
            (seen.requests_lost, "lost"),
            (seen.refused, "refused"),
            (seen.unanswered, "not answered in time"),
        )
        if number
    ]
    if seen.failed_probes:
        visitors = v.count(len(seen.failed_probes), "new visitor")
        parts.append(f"{visitors} not answered")
    return ", ".join(parts) or "No request was lost"


def _connections(seen: Restart) -> str:
    """Say how connections came to their end, where clients may keep them."""
    if seen.always_announces:
        return "this server closes each connection with its answer anyhow"
    parts = [
        f"{number:,} {how}"
        for number, how in (
            (seen.announced, "as announced with an answer"),
            (seen.idle_closed, "while nothing was asked"),
            (seen.cut, "with a request under way"),
        )
        if number
    ]
    closed = v.count(seen.announced + seen.lost, "connection")
    return f"{closed} closed: {', '.join(parts)}" if parts else "no connection closed"


def _workers(seen: Restart) -> str:
    """Say when the new processes took over; nothing where there is but one."""
    if not seen.has_workers:
        return ""
    if seen.first_new_s is None:
        return "no new process was seen"
    new = f"new processes were there after {v.seconds(seen.first_new_s)}"
    if seen.old_gone_s is None:
        return f"{new}, and old ones still after {v.seconds(seen.watched_s)}"
    gone = v.seconds(seen.old_gone_s)
    if seen.old_gone_s < seen.first_new_s:
        return f"the old processes were gone after {gone}, and {new}{_all_new(seen)}"
    return f"{new} and alone after {gone}{_all_new(seen)}"


def _all_new(seen: Restart) -> str:
    """Say when the pool was complete again; empty if it was at once."""
    if seen.all_new_s is None:
        return f", but not all of them after {v.seconds(seen.watched_s)}"
    if seen.all_new_s == seen.first_new_s:
        return ""
    return f", all of them after {v.seconds(seen.all_new_s)}"


def _slowest(seen: Restart) -> str:
    if seen.slowest_ms is None:
        return ""
    return f"the slowest request took {v.milliseconds(seen.slowest_ms)}"


def _at_end(seen: Restart) -> str:
    return (
        f"{v.seconds(seen.watched_s)} later {100 * seen.share_at_end:.0f} % of what "
        "was answered before were answered"
    )


def _findings(seen: Restart) -> tuple[Finding, ...]:
    return (
        Finding(
            "requests_lost",
            "No request is lost on its way",
            seen.requests_lost == 0,
            seen.requests_lost,
            0,
            "requests",
        ),
        Finding(
            "connections_cut",
            "No connection is closed with a request under way",
            seen.cut == 0,
            seen.cut,
            0,
            "connections",
        ),
        _counted_requests.figure(
            "connections_idle_closed",
            "Connections closed while nothing was asked",
            seen.idle_closed,
            "connections",
        ),
        _counted_requests.figure(
            "connections_announced",
            "Connections closed after an answer that announced it",
            seen.announced,
            "connections",
        ),
        *_processes(seen),
        *d.service(seen, "restart"),
    )


def _processes(seen: Restart) -> list[Finding]:
    if not seen.has_workers:
        return []
    limit = f"at most {seen.watched_s:g}"
    first_s, alone_s = seen.first_new_s, seen.old_gone_s
    return [
        Finding(
            "first_new_s",
            "New processes take over",
            first_s is not None,
            first_s,
            limit,
            "s",
        ),
        Finding(
            "all_new_s",
            "There are as many new processes as there were old ones",
            seen.all_new_s is not None,
            seen.all_new_s,
            limit,
            "s",
        ),
        Finding(
            "old_gone_s",
            "The old processes end, and the new ones serve alone",
            alone_s is not None,
            alone_s,
            limit,
            "s",
        ),
    ]
