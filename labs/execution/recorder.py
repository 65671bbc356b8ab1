"""The only writer of events: gives each its number, stores it, then sends it.

What a browser was shown is in the database before it is sent. When the database cannot
take an event now (locked, full), it waits here, in order, and nothing after it is sent.
"""

import asyncio
import json
import logging
from collections import deque

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import OperationalError, transaction
from django.utils import timezone

from labs.bench.contracts.events import Event, Status
from labs.models import LabRun, RunEvent

logger = logging.getLogger(__name__)

MAX_WAITING = 10_000  # events in memory; a run makes some ten a second
# A writer of SQLite waits for the others and may be turned away; the last one repeats.
_RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)
_PATIENCE_S = 30.0  # then the disk is full or the database gone: the run is given up


class StorageFull(Exception):
    """The database did not take an event for too long; the run cannot go on."""


class ClaimLost(Exception):
    """The run has ended, or belongs to another dispatcher: nothing may be written."""


def group_name(run_id):
    """Return the channel group of a run."""
    return f"run.{run_id}"


class Recorder:
    """Records one run's events, in order, under one claim."""

    def __init__(self, run_id, token, last_seq=0):
        self.run_id, self.token = run_id, token
        self._seq = last_seq
        self._waiting: deque[Event] = deque()

    async def record(self, event):
        """Store an event and send it. Raises StorageFull and ClaimLost."""
        if len(self._waiting) >= MAX_WAITING:
            raise StorageFull(f"{MAX_WAITING} events wait for the database")
        self._waiting.append(event)
        while self._waiting:
            await self._store_and_send(self._waiting[0])
            self._waiting.popleft()

    async def _store_and_send(self, event):
        shown, updates = _split(event)
        seq = self._seq + 1
        await self._store(seq, shown, updates)
        self._seq = seq
        await send(self.run_id, shown | {"seq": seq})

    async def _store(self, seq, shown, updates):
        loop = asyncio.get_running_loop()
        until_s, attempt = loop.time() + _PATIENCE_S, 0
        while True:
            try:
                return await _write(self.run_id, self.token, seq, shown, updates)
            except OperationalError as error:
                if loop.time() > until_s:
                    raise StorageFull(
                        f"The database takes no event: {error}"
                    ) from error
                logger.warning("Run %s: event %d waits: %s", self.run_id, seq, error)
                await asyncio.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
                attempt += 1


def _split(event):
    """Return (what is stored and shown, what changes in the run's row)."""
    if event["type"] == "status":
        names = ("status", "phase", "sentence")
        return event, {name: event[name] for name in names}
    if event["type"] != "finished":
        return event, {}
    result = event["result"] or {}
    verdict = {
        "verdict": result.get("verdict"),
        "verdict_sentence": result.get("sentence") or "",
    }
    ended = {name: event[name] for name in ("status", "reason", "message")}
    shown = {name: value for name, value in event.items() if name != "result"}
    row = ended | verdict | {"result": event["result"], "phase": ""}
    return shown | verdict, row | {"finished_at": timezone.now()}


@database_sync_to_async
def _write(run_id, token, seq, shown, updates):
    with transaction.atomic():
        changed = LabRun.objects.filter(
            pk=run_id, claim_token=token, finished_at=None
        ).update(last_seq=seq, heartbeat_at=timezone.now(), **updates)
        if changed != 1:
            raise ClaimLost(f"Run {run_id} is not ours to write any more")
        RunEvent.objects.create(
            run_id=run_id,
            seq=seq,
            t_s=shown["t_s"],
            type=shown["type"],
            payload=_payload(shown),
        )


def _payload(shown):
    return {name: v for name, v in shown.items() if name not in ("t_s", "type")}


def as_frame(row):
    """Return an event's row as the browser gets it."""
    return {"type": row.type, "seq": row.seq, "t_s": row.t_s, **row.payload}


async def send(run_id, frame):
    """Send a stored event to whoever watches, encoded once for all of them."""
    message = {"type": "run.event", "seq": frame["seq"], "text": encode(frame)}
    await get_channel_layer().group_send(group_name(run_id), message)


def encode(frame):
    """Write a frame as the text that goes over the socket."""
    return json.dumps(frame, separators=(",", ":"), allow_nan=False)


def settle(run_id, status, reason, message, /, **conditions):
    """End a run that no runner will end: cancelled in the queue, lost, failed.

    Returns the final event's frame, or None if it had ended already or `conditions`
    (of the row as it must be) did not hold.
    """
    with transaction.atomic():
        run = (
            LabRun.objects.select_for_update()
            .filter(pk=run_id, finished_at=None, **conditions)
            .first()
        )
        if run is None or run.is_terminal:
            return None
        t_s = run.events.order_by("-seq").values_list("t_s", flat=True).first() or 0
        run.status, run.reason, run.message = str(Status(status)), reason, message
        run.phase, run.finished_at = "", timezone.now()
        run.last_seq += 1
        run.claim_token = ""
        run.save()
        payload = {
            "status": run.status,
            "reason": reason,
            "message": message,
            "verdict": None,
            "verdict_sentence": "",
        }
        row = RunEvent.objects.create(
            run=run, seq=run.last_seq, t_s=t_s, type="finished", payload=payload
        )
        return as_frame(row)
