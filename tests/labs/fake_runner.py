"""A runner that measures nothing: `python fake_runner.py BEHAVIOUR [RECORDING]`.

It speaks as labs.runner does: spec and commands on stdin, events on stdout. The first
event tells what it was given. Behaviours are named for what is wrong with them.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
MEASURING = {
    "type": "status",
    "t_s": 0.1,
    "status": "measuring",
    "phase": "load",
    "sentence": "Under load",
}
GARBAGE = (
    b"Warning: something happened\n",
    b"\xff\xfe\x00\n",
    b"\n",
    b"[1, 2]\n",
    b"7\n",
    b"null\n",
    b'"type"\n',
    b'{"kind": "tick"}\n',
    b"[" * 100_000 + b"\n",
)


def say(event):
    """Print one event."""
    sys.stdout.buffer.write(json.dumps(event).encode() + b"\n")
    sys.stdout.buffer.flush()


def finish(status, message=""):
    """Print a last event without a result."""
    reason = "stopped" if status == "cancelled" else ""
    end = {"status": status, "reason": reason, "message": message, "result": None}
    say({"type": "finished", "t_s": 1.0, **end})


def introduce(spec):
    """Tell what was given: the spec, the environment's names, the process."""
    given = {"spec": spec, "environment": sorted(os.environ), "pid": os.getpid()}
    text = json.dumps(given)
    say({"type": "log", "t_s": 0, "source": "lab", "level": "info", "text": text})


def recording(name="nginx-throughput"):
    """Return recorded events."""
    lines = (RECORDINGS / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def completes(*name):
    """Do it all at once."""
    for event in recording(*name):
        say(event)


def is_disturbed(*name):
    """Complete, and not be believed: the machine was busy with something else."""
    *events, last = recording(*name)
    check = {"slug": "late", "statement": "It was on time", "holds": False}
    check |= {"measured": "2 s", "expected": "0 s"}
    last["result"]["trust"] = {"holds": False, "checks": [check]}
    last["result"]["verdict"] = "inconclusive"
    for event in (*events, last):
        say(event)


def crashes_half_way(*name):
    """Fill more than a pipe with complaints, and die."""
    events = recording(*name)
    for event in events[: len(events) // 2]:
        say(event)
    for number in range(20_000):
        print("complaint", number, file=sys.stderr)
    sys.exit("MemoryError: no room for one more")


def prints_garbage(*name):
    """Say nonsense of every kind, then complete."""
    sys.stdout.buffer.write(b"".join(GARBAGE))
    completes(*name)


def tells_of_a_dead_server():
    """Say that the server ended, and why there is no result."""
    end = {"status": "failed", "reason": "server_exited", "result": None}
    say({"type": "finished", "t_s": 1.0, "message": "The server ended", **end})


def never_ends():
    """Measure until told to stop."""
    say(MEASURING)
    for line in sys.stdin:
        if json.loads(line) == {"command": "stop"}:
            return finish("cancelled", "It was asked to stop")
    sys.exit("Whoever started it is gone")


def talks_on():
    """Print a line every 10 ms until nobody listens."""
    for number in range(12_000):
        text = f"line {number}"
        say({"type": "log", "t_s": 0.1, "source": "lab", "level": "info", "text": text})
        time.sleep(0.01)


def ignores_stop():
    """Measure on and on; only a kill ends it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(MEASURING)
    time.sleep(120)


def is_stopped():
    """Begin to measure, and be stopped by a signal that no handler sees."""
    say(MEASURING)
    os.kill(os.getpid(), signal.SIGSTOP)


def is_stopped_with_a_child():
    """The same, with a child that is stopped, too."""
    child = os.fork()
    if child == 0:
        time.sleep(120)
        os._exit(0)
    os.kill(child, signal.SIGSTOP)
    event = {"type": "log", "t_s": 0.1, "source": "load", "level": "info"}
    say(event | {"text": str(child)})
    is_stopped()


def is_silent():
    """Begin to measure, and hang."""
    say(MEASURING)
    time.sleep(120)


def measures_on_and_on():
    """Print ticks without end; only a kill ends it."""
    say(MEASURING)
    while True:
        say({"type": "tick", "t_s": 0.2, "values": {}, "probes": [], "board": []})
        time.sleep(0.02)


def waits_for_the_machine(seconds):
    """Print empty lines, then finish."""
    until_s = time.monotonic() + float(seconds)
    while time.monotonic() < until_s:
        sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()
        time.sleep(0.1)
    finish("finished")


def prints_a_long_line():
    """Print an event of a mebibyte, and wait."""
    event = {"type": "log", "t_s": 0, "source": "lab", "level": "info"}
    say(event | {"text": "x" * 2**20})
    time.sleep(120)


def prints(line):
    """Print a line, and wait."""
    print(line, flush=True)
    time.sleep(120)


def finishes_with(result):
    """Finish with this as its result."""
    end = {"status": "finished", "reason": "", "message": ""}
    say({"type": "finished", "t_s": 1.0, **end, "result": json.loads(result)})


def goes_on_after_its_end():
    """Speak after the last word."""
    finish("finished")
    say(MEASURING)
    finish("failed", "This comes too late")


def says_half_an_event():
    """Leave out what an event must have."""
    say({"type": "status", "t_s": 0.1})
    time.sleep(120)


if __name__ == "__main__":
    behaviour, *arguments = sys.argv[1:]
    introduce(json.loads(sys.stdin.readline()))
    globals()[behaviour](*arguments)
