"""What tests of `lab` share: runs that somebody tells, in place of the runner."""

import sys

import pytest

from labs.cli import runner_child


@pytest.fixture
def told(monkeypatch, lab_home):
    """Return a function that lets a behaviour of told_runner tell the runs."""

    def by(behaviour: str) -> None:
        command = (sys.executable, "-m", "tests.cli.told_runner", behaviour)
        monkeypatch.setattr(runner_child, "RUNNER", command)

    by("steady")
    return by
