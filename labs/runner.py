"""The child process of one run: spec in on stdin, events out on stdout, one a line.

    python -m labs.runner < spec.json

The first line is the spec, each further one a command. The end of the input means that
whoever started the run is gone: it stops, settles and exits. `finished` is printed
exactly once, last; then the exit code is 0. Its output being closed, or a signal, stops
the run too.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing

from labs.bench.contracts import events
from labs.bench.contracts.errors import LabError, Reason, Unavailable
from labs.bench.contracts.events import Event, Status
from labs.bench.contracts.spec import Spec
from labs.bench.run.control import Control
from labs.bench.run.execute import run
from labs.bench.sandbox.host_lock import HostLock
from labs.bench.sandbox.netns import enter_private_network
from labs.bench.sandbox.system_calls import die_with_parent, wake_precisely
from labs.plugins import registry

EXIT_FINISHED, EXIT_GONE = 0, 1

_STDIN, _STDOUT = 0, 1
_SPEC_BYTES = 64 * 1024
_LOCK_POLL_S = 0.05


def main() -> int:
    """Run what stdin asks for; return the process's exit code."""
    control = Control()
    # The end of stdin is the rule; this is the belt, for a parent whose end of the pipe
    # was inherited by somebody else.
    die_with_parent(signal.SIGTERM)
    _allow_files()
    wake_precisely()
    with closing(_events(control)) as stream:
        try:
            for event in stream:
                _print(event)
                if event["type"] == "finished":
                    return EXIT_FINISHED
        except BrokenPipeError:
            return EXIT_GONE
    return EXIT_GONE


def _events(control: Control) -> Generator[Event, None, None]:
    """Yield the run's events; whatever goes wrong, the last one is `finished`."""
    began_s = time.monotonic()
    try:
        yield from _run(control)
    except LabError as fault:
        yield _failed(time.monotonic() - began_s, fault.reason, fault.message)
    except Exception as error:
        # Ours, not the server's. People get one line, the log gets the traceback.
        sys.excepthook(type(error), error, error.__traceback__)
        message = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        yield _failed(time.monotonic() - began_s, Reason.BENCH_FAULT, message)


def _run(control: Control) -> Iterator[Event]:
    spec = Spec.from_json(control.first_line(_STDIN, _SPEC_BYTES))
    _watch_signals(control)
    resolved = registry.resolve(spec)
    available = registry.availability(resolved.driver)
    if not available.available:
        raise Unavailable(f"{available.reason}. {available.how_to_get}")
    with HostLock() as lock:
        if not lock.try_acquire():
            yield events.log(
                0, "lab", "Another run, or an examination, is on this machine; waiting"
            )
            while not lock.try_acquire():
                control.read_waiting(_STDIN)
                if control.stop_reason:
                    yield _cancelled(control)
                    return
                time.sleep(_LOCK_POLL_S)
        enter_private_network()
        yield from run(resolved, _STDIN, version=available.version, control=control)


def _watch_signals(control: Control) -> None:
    """Let signals stop the run in good order from now on; until now they just end us:
    there is nothing to settle while no spec has come."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: control.stop("A signal ended it"))


def _allow_files() -> None:
    """Take all the descriptors we may have: clients and the inside view need them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _print(event: Event) -> None:
    line = events.encode(event)
    while line:
        line = line[os.write(_STDOUT, line) :]


def _failed(t_s: float, reason: Reason, message: str) -> Event:
    return events.finished(t_s, Status.FAILED, None, str(reason), message)


def _cancelled(control: Control) -> Event:
    return events.finished(
        0, Status.CANCELLED, None, str(Reason.STOPPED), control.stop_reason
    )


if __name__ == "__main__":
    sys.exit(main())
