"""Small plug-ins as text, to be broken by tests in one place each."""

from __future__ import annotations

from pathlib import Path

DRIVER = '''
"""A server that is never started."""
from dataclasses import dataclass
from labs.bench.contracts.settings import number
from labs.bench.contracts.driver import Driver, Signature

@dataclass(frozen=True)
class Knobs:
    backlog: int = number(5, 1, 9, label="Backlog", help="How many may wait.")

class Quiet(Driver):
    name = "Quiet"
    concurrency_model = "none"
    Knobs = Knobs
    binary = "/usr/bin/true"
    package = "coreutils"
    not_applicable = dict.fromkeys(
        ("wait", "cpu", "bytes", "reload"), "It is never started."
    )

    def files(self, knobs, endpoint):
        return {"quiet.conf": self.template("quiet.conf", backlog=knobs.backlog)}

    def command(self, knobs, endpoint):
        return [self.binary, "/lab/quiet.conf"]

    def signature(self, knobs):
        return Signature((1, 1), (1, 1), frozenset({"pause"}))
'''
SCENARIO = f'''
"""
## The question

{"Does it answer? " * 20}
"""
from dataclasses import dataclass
from labs.bench.contracts.settings import number
from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.scenario import Chart, Judgement, Phase, Plan, Scenario
from labs.bench.contracts.scenario import Series

@dataclass(frozen=True)
class Params:
    duration_s: float = number(5.0, 1, 9, label="Length", unit="s", help="How long.")

class Patience(Scenario):
    title = "Patience"
    question = "Does it answer?"
    Params = Params
    charts = (Chart("rate", "Rate", "1/s", (Series("requests_per_s", "Rate"),)),)

    def plan(self, params):
        return Plan((Phase("load", Status.MEASURING, params.duration_s),))

    def judge(self, result):
        return Judgement(Verdict.MEASURED, "It was patient")
'''
PROTOCOL = '''
"""A protocol without words."""
from labs.bench.contracts.protocol import Protocol

class Silence(Protocol):
    def request(self, operation, *, keep_alive=True):
        return b"?"

    def slow_head(self):
        return b"?"

    def slow_piece(self, number):
        return b"?"

    def parser(self):
        return None
'''


def write_server(folder: Path, slug: str, driver: str | None = DRIVER) -> Path:
    """Write a server's folder; return the path of its driver."""
    (folder / slug).mkdir()
    (folder / slug / "quiet.conf").write_text("backlog $backlog\n")
    (folder / slug / "catalog.md").write_text("")
    if driver is not None:
        (folder / slug / "driver.py").write_text(driver)
    return folder / slug / "driver.py"


def changed(text: str, old: str, new: str) -> str:
    """Return the text with one thing in it changed, which must be there."""
    assert old in text
    return text.replace(old, new)
