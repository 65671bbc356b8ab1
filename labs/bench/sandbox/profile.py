"""Which sandbox a run had: a level for people, a hash to compare runs by."""

import functools
import hashlib
import platform
import shutil
import subprocess
from dataclasses import astuple
from pathlib import Path

from labs.bench.sandbox import arguments, seccomp
from labs.bench.sandbox.limits import Limits

NAME = "strict-1"
STRICT, DEGRADED, REFUSE = "strict", "degraded", "refuse"


@functools.cache
def digest() -> str:
    """Return name and hash of what confines: options, filter, limits, kernel, bwrap."""
    options = arguments.build(Path("/stage"), {}, {}, seccomp_fd=8, info_fd=9)
    parts = (
        repr(options),
        hashlib.sha256(seccomp.program()).hexdigest(),
        repr(astuple(Limits())),
        platform.release(),
        bwrap_version(),
    )
    return f"{NAME}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:12]}"


@functools.cache
def bwrap_version() -> str:
    """Return bwrap's version, such as "0.8.0"; empty where it is not installed."""
    path = shutil.which("bwrap")
    if path is None:
        return ""
    done = subprocess.run([path, "--version"], capture_output=True, text=True)
    return done.stdout.strip().rpartition(" ")[2]


def level(*, own_user: bool, limits_memory: bool) -> str:
    """Return how strictly a sandbox confines: strict needs a user of its own, so that
    limits are its alone, and a control group that bounds its memory."""
    return STRICT if own_user and limits_memory else DEGRADED
