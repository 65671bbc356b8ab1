"""Whether a server can run on this host, and in which version.

The version is read from the binary, run in a sandbox, and remembered in LABS_HOME by
the binary's size and time, so that listing servers starts none of them.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labs.bench.errors import LabError
from labs.bench.sandbox import lab_root
from labs.bench.sandbox.one_shot import one_shot
from labs.bench.server import Driver


@dataclass(frozen=True)
class Availability:
    """`reason` and `how_to_get` are empty where the server is available."""

    available: bool
    reason: str = ""
    how_to_get: str = ""
    version: str = ""


def availability(driver: Driver) -> Availability:
    """Look whether the server's binary is in the lab root. Never raises."""
    root = lab_root.find()
    if not root.exists:
        return Availability(False, root.reason, root.how_to_get)
    binary = root.root / driver.binary.lstrip("/")
    try:
        stat = binary.stat()
    except OSError:
        return Availability(
            False,
            f"{driver.name} is not in the lab root: there is no {driver.binary}",
            f"{root.how_to_get or lab_root.HOW_TO_GET}: it installs the package "
            f"{driver.package}",
        )
    try:
        version = _version(driver, root.home, f"{stat.st_size}-{stat.st_mtime_ns}")
    except LabError as error:
        return Availability(
            False,
            f"{driver.name} could not be asked for its version: {error.message}",
            "Run python manage.py lab doctor to see what is wrong with the sandbox",
        )
    return Availability(True, version=version)


def _version(driver: Driver, home: Path, stamp: str) -> str:
    remembered = _read(home / "versions.json")
    row = remembered.get(driver.binary)
    if isinstance(row, dict) and row.get("stamp") == stamp:
        return row["version"]
    _, text = one_shot([driver.binary, *driver.version_arguments])
    found = re.search(driver.version_pattern, text)
    if found is None:
        raise LabError(f"It said {text[:80]!r}")
    row = {"stamp": stamp, "version": found[1]}
    _write(home / "versions.json", remembered | {driver.binary: row})
    return found[1]


def _read(path: Path) -> dict:
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(path: Path, data: dict) -> None:
    """Replace the file as a whole; forgetting is no harm, so failing is none either."""
    with suppress(OSError):
        fd, name = tempfile.mkstemp(dir=path.parent, prefix=".versions-")
        with os.fdopen(fd, "w") as file:
            json.dump(data, file)
        os.chmod(name, 0o644)
        os.replace(name, path)
