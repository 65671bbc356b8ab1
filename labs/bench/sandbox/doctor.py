"""Examines this host's sandbox by starting real ones and attacking them from inside.

    python -m labs.bench.sandbox.doctor [--json]

Nothing is concluded from configuration alone. The level is `strict` when all holds and
sandboxes have a user and a memory limit of their own, `degraded` when only those two
are missing (an ordinary user), and `refuse` when an escape succeeded or nothing ran.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labs.bench.contracts.errors import LabError
from labs.bench.sandbox import examination, lab_root, profile
from labs.bench.sandbox.host_lock import HostLock
from labs.bench.sandbox.system_calls import die_with_parent

MAX_AGE_S = 24 * 3600
_LOCK_POLL_S = 0.1
# 78 is EX_CONFIG of sysexits.h.
EXIT = {profile.STRICT: 0, profile.DEGRADED: 1, profile.REFUSE: 78}


@dataclass(frozen=True)
class Report:
    """What was found. `reasons` says why the level is not strict."""

    level: str
    reasons: list[str]
    checks: list[dict[str, Any]]
    profile: str
    bwrap: str
    kernel: str
    took_s: float
    at_s: float  # seconds since the epoch

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def examine_and_save() -> Report:
    """Examine the host and remember the report in LABS_HOME, for `cached`.

    Waits for the end of a run: its bombs would disturb a measurement.
    """
    # Before the examination, in which an ordinary user becomes root of a namespace.
    path = report_path()
    with HostLock() as lock:
        with suppress(LabError):  # where no lock can be made there is no run either
            while not lock.try_acquire():
                time.sleep(_LOCK_POLL_S)
        report = examine()
        save(report, path)
    return report


def examine() -> Report:
    """Examine the host. Changes this process's namespaces: run it in its own."""
    began_s = time.monotonic()
    checks = [check.as_json() for check in examination.all_checks()]
    level, reasons = _level(checks)
    return Report(
        level=level,
        reasons=reasons,
        checks=checks,
        profile=_digest(),
        bwrap=profile.bwrap_version(),
        kernel=os.uname().release,
        took_s=round(time.monotonic() - began_s, 2),
        at_s=time.time(),
    )


def _level(checks: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """A check that fails lowers the level to the one it names in `without`."""
    failed = [check for check in checks if not check["ok"]]
    for level in (profile.REFUSE, profile.DEGRADED):
        if any(check["without"] == level for check in failed):
            lowering = [c for c in failed if c["without"] in (level, profile.DEGRADED)]
            lowering.sort(key=lambda check: check["without"] != level)
            return level, [f"{c['name']}: {c['detail']}" for c in lowering]
    return profile.STRICT, []


def _digest() -> str:
    try:
        return profile.digest()
    except LabError:
        return ""


def cached(max_age_s: float = MAX_AGE_S) -> dict[str, Any] | None:
    """Return the last report, if it was of this kernel, bwrap, profile and user."""
    try:
        report = json.loads(report_path().read_text())
        fresh = 0 <= time.time() - report["at_s"] < max_age_s
        same = (
            report["kernel"] == os.uname().release
            and report["bwrap"] == profile.bwrap_version()
            and report["profile"] == _digest()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return report if fresh and same else None


def report_path() -> Path:
    """Return where this user's report is.

    Root and an ordinary user may share a LABS_HOME and differ in what they can.
    """
    name = "doctor.json" if os.geteuid() == 0 else f"doctor-{os.geteuid()}.json"
    return lab_root.home() / name


def save(report: Report, path: Path) -> None:
    """Store a report; where nothing can be written, the next one is made anew."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = Path(f"{path}.{os.getpid()}")
        new.write_text(json.dumps(report.as_json()))
        os.replace(new, path)


def main() -> int:
    """Examine, remember, print; return the exit code of the level."""
    # A site that ends takes its doctor along, and the sandboxes with it.
    die_with_parent(signal.SIGKILL)
    report = examine_and_save()
    if "--json" in sys.argv[1:]:
        print(json.dumps(report.as_json()))
    else:
        print("\n".join(as_lines(report.as_json())))
    return EXIT[report.level]


def as_lines(report: dict[str, Any]) -> list[str]:
    """Write a report for people."""
    lines = [
        f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']:<34} {check['detail']}"
        for check in report["checks"]
    ]
    lines += [f"because  {reason}" for reason in report["reasons"]]
    took = f"{report['took_s']} s"
    return [*lines, f"level: {report['level']} ({report['profile']}, {took})"]


if __name__ == "__main__":
    sys.exit(main())
