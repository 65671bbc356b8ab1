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

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import Finding, Judgement, Plan, Reload, Scenario
from labs.bench.verdicts.doubts import doubt
from labs.bench.verdicts.process_generations import ProcessGenerations
from labs.bench.verdicts.recovery import Recovery
from labs.bench.verdicts.wording import count, milliseconds, seconds
from labs.scenarios import _disturbance as disturbance
from labs.scenarios import _honest_client as honest_client


@dataclass(frozen=True)
class Params:
    connections: int = disturbance.connections()
    interval_s: float = disturbance.interval_s()
    warm_up_s: float = disturbance.warm_up_s()
    before_s: float = disturbance.before_s()
    duration_s: float = disturbance.duration_s()
    probe_interval_s: float = disturbance.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s()


class GracefulRestart(Scenario):
    title = "Graceful restart"
    question = "Does anybody lose a request when the server begins anew?"
    Params: TypeAlias = Params
    needs_reload = True
    charts = disturbance.CHARTS

    def plan(self, params: Params) -> Plan:
        sentence = "The server is asked to restart gracefully; the clients go on"
        return disturbance.plan(params, Reload(), sentence)

    def judge(self, result: ResultDocument) -> Judgement:
        restart = Restart(result)
        doubtful = doubt(result) or restart.nothing_to_compare()
        if doubtful:
            return Judgement(Verdict.INCONCLUSIVE, doubtful, _findings(restart))
        return Judgement(*_verdict(restart), _findings(restart))


class Restart(Recovery, ProcessGenerations):
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


def _verdict(restart: Restart) -> tuple[Verdict, str]:
    """Return the verdict, and the sentence that says what was observed."""
    sentence = "; ".join(filter(None, (_requests(restart), _connections(restart))))
    if restart.is_denied:
        return Verdict.DENIED, f"{sentence}; {disturbance.share_at_end(restart)}"
    sentence = "; ".join(filter(None, (sentence, _workers(restart), _slowest(restart))))
    if restart.full_after_s is None:
        return Verdict.DEGRADES, f"{sentence}; {disturbance.share_at_end(restart)}"
    if restart.failed or restart.failed_probes or not restart.is_over:
        return Verdict.DEGRADES, sentence
    return Verdict.HOLDS, sentence


def _requests(restart: Restart) -> str:
    parts = [
        f"{count(number, 'request')} {how}"
        for number, how in (
            (restart.requests_lost, "lost"),
            (restart.refused, "refused"),
            (restart.unanswered, "not answered in time"),
        )
        if number
    ]
    if restart.failed_probes:
        visitors = count(len(restart.failed_probes), "new visitor")
        parts.append(f"{visitors} not answered")
    return ", ".join(parts) or "No request was lost"


def _connections(restart: Restart) -> str:
    """Say how connections came to their end, where clients may keep them."""
    if restart.always_announces:
        return "this server closes each connection with its answer anyhow"
    parts = [
        f"{number:,} {how}"
        for number, how in (
            (restart.announced, "as announced with an answer"),
            (restart.idle_closed, "while nothing was asked"),
            (restart.cut, "with a request under way"),
        )
        if number
    ]
    closed = count(restart.announced + restart.lost, "connection")
    return f"{closed} closed: {', '.join(parts)}" if parts else "no connection closed"


def _workers(restart: Restart) -> str:
    """Say when the new processes took over; nothing where there is but one."""
    if not restart.has_workers:
        return ""
    if restart.first_new_s is None:
        return "no new process was seen"
    new = f"new processes were there after {seconds(restart.first_new_s)}"
    if restart.old_gone_s is None:
        return f"{new}, and old ones still after {seconds(restart.watched_s)}"
    gone = seconds(restart.old_gone_s)
    if restart.old_gone_s < restart.first_new_s:
        return f"the old processes were gone after {gone}, and {new}{_all_new(restart)}"
    return f"{new} and alone after {gone}{_all_new(restart)}"


def _all_new(restart: Restart) -> str:
    """Say when the pool was complete again; empty if it was at once."""
    if restart.all_new_s is None:
        return f", but not all of them after {seconds(restart.watched_s)}"
    if restart.all_new_s == restart.first_new_s:
        return ""
    return f", all of them after {seconds(restart.all_new_s)}"


def _slowest(restart: Restart) -> str:
    if restart.slowest_ms is None:
        return ""
    return f"the slowest request took {milliseconds(restart.slowest_ms)}"


def _findings(restart: Restart) -> tuple[Finding, ...]:
    return (
        Finding.none(
            "requests_lost",
            "No request is lost on its way",
            restart.requests_lost,
            "requests",
        ),
        Finding.none(
            "connections_cut",
            "No connection is closed with a request under way",
            restart.cut,
            "connections",
        ),
        Finding.figure(
            "connections_idle_closed",
            "Connections closed while nothing was asked",
            restart.idle_closed,
            "connections",
        ),
        Finding.figure(
            "connections_announced",
            "Connections closed after an answer that announced it",
            restart.announced,
            "connections",
        ),
        *_processes(restart),
        *disturbance.service(restart, "restart"),
    )


def _processes(restart: Restart) -> list[Finding]:
    if not restart.has_workers:
        return []
    most_s = restart.watched_s
    first_s, alone_s = restart.first_new_s, restart.old_gone_s
    return [
        Finding.within("first_new_s", "New processes take over", first_s, most_s),
        Finding.within(
            "all_new_s",
            "There are as many new processes as there were old ones",
            restart.all_new_s,
            most_s,
        ),
        Finding.within(
            "old_gone_s",
            "The old processes end, and the new ones serve alone",
            alone_s,
            most_s,
        ),
    ]
