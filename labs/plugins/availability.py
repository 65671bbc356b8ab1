"""Whether a server can run on this host, and in which version.

The version is read from the binary, run in a sandbox, and remembered in LABS_HOME by
the binary's size and time, so that listing servers starts none of them.
"""

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.bench.contracts.driver import Driver
from labs.bench.contracts.errors import LabError
from labs.bench.sandbox import lab_root
from labs.bench.sandbox.one_shot import one_shot
from labs.bench.server import binaries


@dataclass(frozen=True)
class Availability:
    """`reason` and `how_to_get` are empty where the server is available."""

    available: bool
    reason: str = ""
    how_to_get: str = ""
    version: str = ""


def availability(driver: Driver) -> Availability:
    """Look whether the server's programs are there. Never raises."""
    root = lab_root.find()
    if not root.exists:
        return Availability(False, root.reason, root.how_to_get)
    if reason := binaries.missing(driver, root):
        return Availability(False, reason, _how_to_get(driver))
    try:
        version = _version(driver, root.home, stamp(driver, root))
    except (LabError, OSError) as error:
        return Availability(
            False,
            f"{driver.name} could not be asked for its version: {error}",
            "Run python manage.py lab doctor to see what is wrong with the sandbox",
        )
    return Availability(True, version=version)


def _how_to_get(driver: Driver) -> str:
    if driver.from_host:
        return driver.how_to_get
    return f"{lab_root.HOW_TO_GET}: it installs the package {driver.package}"


def stamp(driver: Driver, root: lab_root.LabRoot) -> str:
    """Return what changes with the driver's programs: sizes and times of all."""
    helpers = (root.root / helper.lstrip("/") for helper in driver.helpers)
    stats = [path.stat() for path in (binaries.file_of(driver, root), *helpers)]
    return " ".join(f"{stat.st_size}-{stat.st_mtime_ns}" for stat in stats)


def _version(driver: Driver, home: Path, stamped: str) -> str:
    remembered = _read(home / "versions.json")
    command = [driver.binary, *driver.version_arguments]
    row = remembered.get(driver.slug)
    if isinstance(row, dict) and row.get("stamp") == stamped:
        return str(row["version"])
    _, text = one_shot(command, binaries=binaries.bound(driver))
    found = re.search(driver.version_pattern, text)
    if found is None:
        raise LabError(f"It said {text[:80]!r}")
    row = {"stamp": stamped, "version": found[1]}
    _write(home / "versions.json", remembered | {driver.slug: row})
    return found[1]


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(path: Path, data: dict[str, Any]) -> None:
    """Replace the file as a whole; forgetting is no harm, so failing is none either."""
    with suppress(OSError):
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=".versions-")
        with os.fdopen(fd, "w") as file:
            json.dump(data, file)
        os.chmod(name, 0o644)
        os.replace(name, path)
