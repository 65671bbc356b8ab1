"""Makes runs: waiting, under way, ended. Ended ones are told by a recording."""

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from django.utils import timezone

from labs.bench.contracts import events
from labs.bench.contracts.events import Status
from labs.execution import recorder
from labs.models import LabRun, RunEvent
from labs.permissions import owners

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "tests/recordings"
FAKE_RUNNER = Path(__file__).with_name("fake_runner.py")
TOKEN = "f" * 32
WAIT_S = 20  # a safety net, nothing is timed by it


def owner_of(client):
    """Return the owner whom the site sees when this test client starts a run."""
    user = client.user or AnonymousUser()
    request = SimpleNamespace(user=user, session=client.session)
    owner = owners.of_submission(request)
    request.session.save()
    return owner


def make(client=None, **fields):
    """Make a run, waiting unless told otherwise, of this client or of nobody."""
    owner = owner_of(client) if client else owners.Owner()
    given = {"server": "nginx", "scenario": "slowloris"} | fields
    return LabRun.objects.create(
        owner=owner.user, session_digest=owner.session_digest, **given
    )


def under_way(client=None, **fields):
    """Make a run that a dispatcher with the claim TOKEN has."""
    now = timezone.now()
    claimed = {"claim_token": TOKEN, "started_at": now, "heartbeat_at": now}
    return make(client, **{"status": Status.MEASURING} | claimed | fields)


def recording(name="nginx-throughput"):
    """Return the events of tests/recordings."""
    lines = (RECORDINGS / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def told(told_events, client=None, **fields):
    """Make a run that has come as far as these events tell."""
    run = under_way(client, **fields)
    for seq, event in enumerate(told_events, start=1):
        # As the recorder does, without the thread that would close a test's connection.
        recorder._write.func(run.pk, TOKEN, seq, *recorder._split(event))
    run.refresh_from_db()
    return run


def finished(name="nginx-throughput", client=None, **fields):
    """Make the run of a recording."""
    told_events = recording(name)
    result = told_events[-1]["result"]
    given = {kind: result[kind]["slug"] for kind in ("server", "scenario")}
    return told(told_events, client, **given | fields)


def log(text, t_s=0.0):
    """Return a log event."""
    return events.log(t_s, "lab", text)


def tick(t_s, **values):
    """Return a tick with one answered probe and a board of one process."""
    board = [{"pid": 2, "name": "nginx", "threads": 1, "state": "S", "rss_bytes": 1}]
    board[0] |= {"cpu_percent": 0.0, "waiting_in": {"epoll_wait": 1}}
    return events.tick(t_s, values, [[t_s, "ok", 1.5]], board)


def measuring(t_s, phase="load"):
    """Return the event that opens a measuring phase."""
    return events.status(t_s, Status.MEASURING, phase, f"Now {phase}")


def ended(t_s=1.0, status=Status.FINISHED, **fields):
    """Return a last event without a result."""
    return events.finished(t_s, status, None, **fields)


def rows(run):
    """Return what is stored of a run: (seq, type), in order."""
    return list(
        RunEvent.objects.filter(run=run).order_by("seq").values_list("seq", "type")
    )


stored = database_sync_to_async(rows)


def runner_command(behaviour, *arguments):
    """Return the LABS_RUNNER_COMMAND of a fake runner."""
    return [sys.executable, str(FAKE_RUNNER), behaviour, *arguments]


async def until(condition):
    """Wait until a coroutine function returns something true; return that."""
    async with asyncio.timeout(WAIT_S):
        while not (found := await condition()):
            await asyncio.sleep(0.01)
    return found


@contextmanager
def locked_database():
    """Hold the lock that every writer needs."""
    name = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def hurry_database(monkeypatch):
    """Let writers notice a lock at once, in every thread, and try again soon."""
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "timeout", 0)
    monkeypatch.setattr(recorder, "_RETRY_S", (0.01,))


async def has_event(run, **wanted):
    """Tell whether such an event is stored."""
    return await RunEvent.objects.filter(run=run, **wanted).aexists()


async def over(run):
    """Read a run's row again and tell whether it has ended."""
    await run.arefresh_from_db()
    return run.is_terminal


async def introduction(run):
    """Return what a fake runner said it was given."""
    row = await RunEvent.objects.aget(run=run, seq=1)
    return json.loads(row.payload["text"])


def lives(pid):
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
