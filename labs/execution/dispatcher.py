"""Takes waiting runs, one at a time, and supervises the runner of each.

A task on the ASGI process's own event loop: the in-memory channel layer wakes receivers
of its own loop only, and a sandbox dies with the thread that launched its launcher, so
the runner is started from the loop's thread and nowhere else.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from datetime import timedelta

from channels.db import database_sync_to_async
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from labs.bench.contracts.errors import Reason
from labs.bench.contracts.events import Status
from labs.claims import evaluation
from labs.execution import recorder, runner_process
from labs.models import LabRun

logger = logging.getLogger(__name__)

HEARTBEAT_S = 2.0
LOST_AFTER_S = 10.0  # several heartbeats: a busy database delays some
_POLL_S = 1.0  # for rows that another process queued or asks to stop
_READ_BYTES = 4096
_STDERR_BYTES = 64 * 1024  # of which a message shows the last lines
_END_S = 5.0  # from a closed input to SIGKILL; a runner reaps its sandbox first
_STOP_S = 15.0  # a runner that gets the stop command has ended long before

_dispatcher = None


def start():
    """Start this process's dispatcher on the running loop, once; return it."""
    global _dispatcher
    loop = asyncio.get_running_loop()
    if _dispatcher is None or _dispatcher.loop is not loop:
        _dispatcher = Dispatcher(loop)
    return _dispatcher


def wake():
    """Tell the dispatcher that a row has changed. Safe from any thread."""
    if _dispatcher is not None and not _dispatcher.loop.is_closed():
        _dispatcher.loop.call_soon_threadsafe(_dispatcher.changed.set)


class Dispatcher:
    """Runs waiting runs, one after the other: a measurement is alone on its machine."""

    def __init__(self, loop):
        self.loop = loop
        self.changed = asyncio.Event()
        self._standby = runner_process.Standby()
        self.task = loop.create_task(self._work())

    async def _work(self):
        try:
            while True:
                await self._run_next()
        finally:
            await self._standby.close()

    async def _run_next(self):
        self.changed.clear()
        try:
            await sweep()
            run, token = await claim()
            if run is not None:
                await supervise(run, token, self.changed, self._standby)
                return
            await self._prepare()
        except DatabaseError as error:
            logger.warning("The dispatcher waits for the database: %s", error)
        except Exception:
            # It must outlive a fault of one run: there is nobody to start it again.
            logger.exception("The dispatcher met a fault and goes on")
        await _until_set(self.changed, _POLL_S)

    async def _prepare(self):
        with contextlib.suppress(OSError):  # the run that needs it will say why
            await self._standby.prepare()


async def _until_set(changed, most_s):
    """Wait for a change, for so long at most. Before Python 3.12 asyncio.wait_for takes
    no notice of a cancellation that comes together with the change."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(most_s):
            await changed.wait()


async def sweep():
    """Settle runs whose dispatcher is gone: their heartbeat has stopped."""
    for run_id in await _stale():
        frame = await database_sync_to_async(recorder.settle)(
            run_id,
            Status.LOST,
            str(Reason.RUNNER_LOST),
            "The process that supervised this run ended before the run did",
        )
        if frame is not None:
            await recorder.send(run_id, frame)


@database_sync_to_async
def _stale():
    limit = timezone.now() - timedelta(seconds=LOST_AFTER_S)
    stale = LabRun.objects.under_way().filter(heartbeat_at__lt=limit)
    return list(stale.values_list("pk", flat=True))


@database_sync_to_async
def claim():
    """Claim the oldest waiting run; return (run, token), or (None, "") if none may go.

    A conditional UPDATE decides: whoever changes the row has it. One at a time on a
    host, so none while another is under way.
    """
    token = secrets.token_hex(16)
    with transaction.atomic():
        if LabRun.objects.under_way().exists():
            return None, ""
        run = LabRun.objects.queued().first()
        if run is None:
            return None, ""
        now = timezone.now()
        changed = LabRun.objects.filter(pk=run.pk, status=Status.QUEUED).update(
            status=Status.STARTING,
            claim_token=token,
            started_at=now,
            heartbeat_at=now,
        )
    return (run, token) if changed == 1 else (None, "")


async def supervise(run, token, changed, standby=None):
    """Run a claimed run to its end, whatever happens to the runner.

    `standby` (runner_process.Standby) may have a runner ready for it.
    """
    writer = recorder.Recorder(run.pk, token, run.last_seq)
    process = None
    try:
        process = await (standby.take() if standby else runner_process.spawn())
        _send_spec(process, run)
        end = await _follow(process, writer, run.pk, token, changed)
    except recorder.ClaimLost:
        return
    except recorder.StorageFull as error:
        end = (Status.FAILED, Reason.STORAGE, str(error))
    except OSError as error:
        end = (Status.FAILED, Reason.BENCH_FAULT, f"No runner could start: {error}")
    except asyncio.CancelledError:
        raise
    except Exception as error:
        logger.exception("Run %s: fault in the dispatcher", run.pk)
        end = (Status.FAILED, Reason.BENCH_FAULT, f"{type(error).__name__}: {error}")
    finally:
        if process is not None:
            await _end(process)
    if end is None:
        await _judge_claims(run)
    else:
        status, reason, message = end
        await _settle(run.pk, status, str(reason), message, token)


async def _judge_claims(run):
    """Let the claims that rest on such a run look again. The run has ended well,
    whatever becomes of that."""
    try:
        await database_sync_to_async(evaluation.after_run)(run)
    except Exception:
        logger.exception("Run %s: its claims were not judged again", run.pk)


async def _settle(run_id, status, reason, message, token):
    """End the run. Where the database takes nothing now, wait until it does: why the
    run ended must not be lost."""
    while True:
        try:
            frame = await database_sync_to_async(recorder.settle)(
                run_id, status, reason, message, claim_token=token
            )
        except OperationalError as error:
            logger.warning("Run %s: its end waits: %s", run_id, error)
            await asyncio.sleep(_POLL_S)
            continue
        if frame is not None:
            await recorder.send(run_id, frame)
        return


def _send_spec(process, run):
    process.stdin.write(run.spec.to_json().encode() + b"\n")


async def _follow(process, writer, run_id, token, changed):
    """Record what the runner prints. Returns how to settle the run, or None if its own
    last event has done that."""
    errors = asyncio.create_task(_tail(process.stderr))
    beat = asyncio.create_task(_beat(process, run_id, token, changed))
    try:
        finished = await _record_lines(process, writer)
    finally:
        beat.cancel()
        await asyncio.wait([beat])  # not `await beat`: whose cancellation would it be?
        if not beat.cancelled():
            beat.result()  # raises its fault
    if finished:
        errors.cancel()
        return None
    await _end(process)
    words = (await errors).strip().splitlines()[-3:]
    detail = f": {' / '.join(words)[:400]}" if words else ""
    return (
        Status.LOST,
        Reason.RUNNER_LOST,
        f"The runner ended without a result, with status {process.returncode}{detail}",
    )


async def _record_lines(process, writer):
    """Record events until the last; return whether there was a last one."""
    while line := await _read_line(process.stdout):
        try:
            event = json.loads(line)
            kind = event["type"]
        except (ValueError, TypeError, KeyError, RecursionError):
            logger.warning("The runner printed something else: %r", line[:200])
            continue
        await writer.record(event)
        if kind == "finished":
            return True
    return False


async def _read_line(stream):
    try:
        return await stream.readline()
    except ValueError:  # longer than any event: nothing sensible can follow
        return b""


async def _tail(stream):
    """Return the end of the runner's standard error; read on, so that it never fills
    its pipe and waits."""
    tail = b""
    while piece := await stream.read(_READ_BYTES):
        tail = (tail + piece)[-_STDERR_BYTES:]
    return tail.decode("utf-8", "replace")


async def _beat(process, run_id, token, changed):
    """Keep the claim alive and pass on a request to stop. A runner that does not heed
    it, or whose claim is lost, is ended."""
    loop, stop_by_s = asyncio.get_running_loop(), None
    while True:
        await _until_set(changed, HEARTBEAT_S)
        changed.clear()
        try:
            ours, stop = await _heartbeat(run_id, token)
        except DatabaseError as error:
            logger.warning("Run %s: heartbeat waits: %s", run_id, error)
            continue
        if not ours or (stop_by_s is not None and loop.time() > stop_by_s):
            await _end(process)
            return
        if stop and stop_by_s is None:
            stop_by_s = loop.time() + _STOP_S
            with contextlib.suppress(ConnectionError):
                process.stdin.write(b'{"command":"stop"}\n')
                await process.stdin.drain()


@database_sync_to_async
def _heartbeat(run_id, token):
    mine = LabRun.objects.filter(pk=run_id, claim_token=token)
    ours = mine.update(heartbeat_at=timezone.now()) == 1
    return ours, mine.filter(stop_requested=True).exists()


async def _end(process):
    """Close the runner's input, which tells it to stop; kill it if it does not."""
    if process.returncode is not None:
        return
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _END_S)
    except TimeoutError:
        process.kill()
        await process.wait()
