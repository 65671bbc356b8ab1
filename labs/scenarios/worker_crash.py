"""
## The question

A process of the server dies in the middle of its work, by a fault in a handler, say, or
because the kernel was short of memory. Who notices? How long until everything is as it
was?

A crash costs what *shares the process*: in a pool of processes the one connection that
the process served; where each process has a pool of threads or a loop, all connections
in it; in a server of one process everything, and then nobody is there to begin anew.

## The method

1. Some clients, each on **one connection that it keeps**, ask for the smallest page and
   pause for a moment after each answer. So every client is somewhere: its connection is
   held by one process of the server. They ask a fixed number of times a second, far
   below the server's limit. A second honest client, the **probe**, asks on a fresh
   connection ten times a second, as a new visitor does.
2. One process is ended by SIGKILL, which it cannot catch: the **worker** that held the
   most connections when it was last looked at, or the **server**'s first process. Where
   there is only one, they are the same.
3. The same clients go on. One that lost its connection opens another at once.

A connection is *lost* when the server ended it without having said so. A request is
*lost* when it was on its way at that instant; most clients are in their pause, lose no
request, and open another connection with the next. *Refused* are those who found nobody
to connect to. Service is *full* again when, for a second, nine tenths of what was
answered before were answered, and no probe failed.

## How to read the charts

- **Connections that the server ended**: the height of the one step is the answer. The
  finding beside it says how many shared the process.
- **Requests per second** dips if clients have to wait for a new process, and stays
  lower if nobody takes the dead one's place.
- **What the honest client waited**: gaps are new visitors who were not answered.
- **Processes**: a dip of one is mended within a second where a parent looks after its
  children. A line that stays lower is a pool that has lost a worker for good; a line at
  zero is a server that is gone.

The verdict is *denied* when at the end of the time watched less than half of what was
answered before is, or more than half of the last ten probes were not. It *degrades*
when service is not full again in that time; when the dead process is not replaced, for
the next crash will meet a smaller pool; when more connections were lost than could
share one process; or when others noticed: clients were refused, or three probes or more
failed or took over 100 ms and over five times as long as usual. It *holds* otherwise:
nobody but those who shared the process noticed. It is *inconclusive* when nothing was
answered before, or there was no process to kill.

How many could share the process is known where a server has so many workers in each
(*slots*: one in prefork, all threads of a child in worker). Elsewhere it is as many as
the process was seen to hold.

What this does not show: in a container, and here, all processes end with the first one.
On a machine of their own, the children of Apache or NGINX may outlive their parent. A
supervisor that starts a dead server anew, as systemd does, is no part of the server and
not here. And a crash by a *request* comes again with the next one like it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import Finding, Judgement, Kill, Plan, Scenario
from labs.bench.contracts.settings import choice
from labs.bench.verdicts.doubts import doubt
from labs.bench.verdicts.process_generations import ProcessGenerations
from labs.bench.verdicts.reading import latency_max_ms
from labs.bench.verdicts.recovery import Recovery
from labs.bench.verdicts.wording import count, milliseconds, seconds
from labs.scenarios import _disturbance as disturbance
from labs.scenarios import _honest_client as honest_client

WORKER, SERVER = "worker", "server"
_NOTICED = 3  # probes that failed or came late: one or two may be an accident


@dataclass(frozen=True)
class Params:
    connections: int = disturbance.connections()
    killed: str = choice(
        WORKER,
        (WORKER, SERVER),
        label="Killed",
        help="A process that serves, or the one that was started first.",
    )
    interval_s: float = disturbance.interval_s()
    warm_up_s: float = disturbance.warm_up_s()
    before_s: float = disturbance.before_s()
    duration_s: float = disturbance.duration_s()
    probe_interval_s: float = disturbance.probe_interval_s()
    probe_timeout_s: float = honest_client.probe_timeout_s()


class WorkerCrash(Scenario):
    title = "Worker crash"
    question = "What does the death of a process cost, and how soon is all well again?"
    Params: TypeAlias = Params
    charts = disturbance.CHARTS

    def plan(self, params: Params) -> Plan:
        what = "One worker" if params.killed == WORKER else "The server's first process"
        return disturbance.plan(
            params, Kill(params.killed), f"{what} is killed; the clients go on"
        )

    def judge(self, result: ResultDocument) -> Judgement:
        crash = Crash(result)
        doubtful = doubt(result) or crash.nothing_to_compare()
        if doubtful:
            return Judgement(Verdict.INCONCLUSIVE, doubtful, _findings(crash))
        return Judgement(*_verdict(crash), _findings(crash))


class Crash(Recovery, ProcessGenerations):
    """A run in which a process was killed."""

    @property
    def all_share(self) -> bool:
        """Whether everything ends with the process that was killed."""
        killed = self.result["scenario"]["params"]["killed"]
        return killed == SERVER or self.processes_before <= 1

    @property
    def share(self) -> int | None:
        """How many connections could be lost with it; None where nothing tells."""
        if self.all_share:
            return self.connections
        slots = self.result["summary"]["worker_slots"]
        processes = self.result["server"]["knobs"].get("processes")
        if slots and processes:
            return min(slots // int(processes), self.connections)
        return self.held

    @property
    def held(self) -> int | None:
        """How many it held when it was last looked at, perhaps with a probe's."""
        return self.action.get("connections") if self.action else None

    @property
    def is_replaced(self) -> bool:
        """Whether there are as many processes in the end as there were."""
        return self.processes_at_end >= self.processes_before

    @property
    def has_spread(self) -> bool:
        """Whether more connections were lost than could share the process."""
        return self.share is not None and self.lost > self.share

    @property
    def who_noticed(self) -> str:
        """Say who noticed that did not share the process; empty if nobody did."""
        if self.refused:
            return f"{count(self.refused, 'request')} found nobody to connect to"
        failed, late = len(self.failed_probes), len(self.late_probes)
        if failed + late < _NOTICED:
            return ""
        if not failed:
            slowest = milliseconds(latency_max_ms(self.probes) or 0.0)
            return f"{count(late, 'new visitor')} had to wait, up to {slowest}"
        return f"{count(failed, 'new visitor')} got no answer"


def _verdict(crash: Crash) -> tuple[Verdict, str]:
    """Return the verdict, and the sentence that says what was observed."""
    cost = _cost(crash)
    if crash.is_denied:
        return Verdict.DENIED, f"{cost}; {_nobody_back(crash)}"
    if worse := _worse(crash):
        return Verdict.DEGRADES, f"{cost}; {worse}"
    return Verdict.HOLDS, f"{cost}; {_full(crash)}, {_replaced(crash)}"


def _cost(crash: Crash) -> str:
    """Say what was killed, and what was lost in that instant."""
    lost = f"{crash.lost:,} of {count(crash.connections, 'connection')}"
    were = "was" if crash.lost == 1 else "were"
    requests = count(crash.requests_lost, "request") if crash.requests_lost else "no "
    requests += "" if crash.requests_lost else "request"
    return f"{_killed(crash)}: {lost} {were} lost, and {requests}"


def _killed(crash: Crash) -> str:
    if crash.processes_before <= 1:
        return "The only process was killed"
    if crash.all_share:
        return "The first process was killed, and the others ended with it"
    return f"1 of {count(crash.processes_before, 'process')} was killed"


def _nobody_back(crash: Crash) -> str:
    if crash.is_gone:
        watched = seconds(crash.watched_s)
        return f"the server is gone, and nobody was answered in {watched}"
    return disturbance.share_at_end(crash)


def _worse(crash: Crash) -> str:
    """Say what is not as it should be; empty if all is well."""
    if crash.full_after_s is None:
        at_end = disturbance.share_at_end(crash)
        return f"{at_end}, and service was not full again"
    if crash.has_spread:
        return f"no more than {crash.share} could share the process, yet {_full(crash)}"
    if crash.who_noticed:
        return f"{crash.who_noticed}; {_full(crash)}"
    if not crash.is_replaced:
        left = crash.processes_at_end
        return f"{_full(crash)}, but nobody took its place: {left:,} are left"
    return ""


def _full(crash: Crash) -> str:
    after_s = crash.full_after_s
    if not after_s:
        return "service stayed full"
    return f"service was full again after {seconds(after_s)}"


def _replaced(crash: Crash) -> str:
    after_s = crash.replaced_after_s or 0.0  # it was, if all else is well
    return f"and another process was there after {seconds(after_s)}"


def _findings(crash: Crash) -> tuple[Finding, ...]:
    lost, share = crash.lost, crash.share
    return (
        Finding(
            "connections_lost",
            "The crash costs no more connections than can share the process",
            None if share is None else lost <= share,
            lost,
            None if share is None else f"at most {share:,}",
            "connections",
        ),
        Finding.figure(
            "connections_held",
            "Connections that the process held when it was last looked at",
            crash.held,
            "connections",
        ),
        Finding(
            "requests_lost",
            "No request is lost but on a connection that was",
            crash.requests_lost <= lost,
            crash.requests_lost,
            f"at most {lost:,}",
            "requests",
        ),
        Finding(
            "replaced",
            "Another process takes the place of the dead one",
            crash.is_replaced if crash.processes_before else None,
            crash.processes_at_end,
            crash.processes_before,
            "processes",
        ),
        *disturbance.service(crash, "crash"),
    )
