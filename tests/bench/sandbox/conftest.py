"""What tests of the sandbox share: a launcher, and somebody who is not root."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyseccomp
import pytest

from labs.bench.sandbox import lab_root
from tests.bench.sandbox.launching import CHECKOUT, Launcher

NOBODY = 65534


@pytest.fixture(scope="session")
def built_root() -> Path:
    """Return the lab root; skip where there is nothing to put into a sandbox."""
    found = lab_root.find()
    if not found.exists:
        pytest.skip(f"{found.reason}: {found.how_to_get}")
    return found.root


@pytest.fixture(scope="module")
def launcher(built_root) -> Iterator[Launcher]:
    """Start one launcher for the tests of a file."""
    with Launcher() as started:
        yield started


@pytest.fixture
def as_root() -> None:
    """Skip for who is not root: users and control groups of its own take root."""
    if os.geteuid() != 0:
        pytest.skip("This is about what a sandbox has when root starts it")


@pytest.fixture(scope="module")
def ordinary(built_root) -> dict[str, Any]:
    """Return the options of `Launcher` that start it as an ordinary user."""
    if os.geteuid() != 0:
        return {"python": sys.executable}
    python = next(filter(_nobody_can_run, (sys.executable, "/usr/bin/python3")), None)
    if python is None:
        pytest.skip("No Python here that an ordinary user can run this checkout with")
    return {
        "python": python,
        "user": NOBODY,
        "group": NOBODY,
        "extra_groups": [],
        "env": {**_readable_libraries(), "LABS_HOME": str(lab_root.home())},
    }


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder that every user can enter; pytest's own are for one user."""
    path = Path(tempfile.mkdtemp(prefix="concsite-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def _nobody_can_run(python: str) -> bool:
    try:
        done = subprocess.run(
            [python, "-c", "import labs.bench.sandbox.box"],
            cwd=CHECKOUT,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            env=_readable_libraries(),
            capture_output=True,
        )
    except OSError:
        return False
    return done.returncode == 0


def _readable_libraries() -> dict[str, str]:
    libraries = str(Path(pyseccomp.__file__).parent)
    return {"PATH": os.environ["PATH"], "PYTHONPATH": libraries}
