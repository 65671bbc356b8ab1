"""What `lab run` shows: told by a recording, on a terminal and when piped."""

import io
import json

import pytest

from labs.cli import progress
from labs.plugins import registry
from tests.site import CHECKOUT

RECORDING = CHECKOUT / "tests/recordings/apache-prefork-slowloris.jsonl"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.fixture(scope="module")
def told() -> list[dict]:
    return [json.loads(line) for line in RECORDING.read_text().splitlines()]


def show(out: io.StringIO, told: list[dict], *, quiet: bool = False) -> str:
    scenario = registry.scenarios()["slowloris"]
    with progress.on_stream(out, scenario, quiet=quiet) as shown:
        for event in told:
            shown.show(event)
        shown.end(told[-1])
    return out.getvalue()


def test_piped_it_is_plain_lines_and_ends_with_the_verdict(told):
    lines = show(io.StringIO(), told).splitlines()
    assert lines[0].endswith("starting: " + told[0]["sentence"])
    assert lines[-1].startswith("denied: 8 of 8 processes were held")
    assert not any("\x1b" in line for line in lines)
    numbers = [line for line in lines if "Held open 8 connections" in line]
    assert numbers and all("Workers held by a connection 8" in line for line in numbers)


def test_piped_it_says_numbers_once_a_second(told):
    ticks = sum(event["type"] == "tick" for event in told)
    said = show(io.StringIO(), told).count("Held open")
    assert 0 < said <= told[-1]["t_s"] + 1 < ticks


def test_on_a_terminal_it_draws_lines_of_every_chart(told):
    text = show(Terminal(), told)
    assert "\x1b[" in text and "█" in text
    for chart in registry.scenarios()["slowloris"].charts:
        assert all(series.label in text for series in chart.series)
    assert "denied: 8 of 8 processes were held" in text.splitlines()[-1]


def test_quiet_says_only_how_it_ended(told):
    assert show(io.StringIO(), told, quiet=True).splitlines() == [
        progress.ending(told[-1])
    ]


def test_a_reader_who_leaves_is_no_error(told):
    show(ClosedPipe(), told)


def test_a_line_is_drawn_from_zero_to_the_largest():
    assert progress.spark([0, 5, 10]) == " ▄█"
    assert progress.spark([0, 0]) == "  "
    assert progress.spark([]) == ""


def test_an_end_without_a_result_is_said_too():
    assert "without a result" in progress.ending(None)
    failed = {"status": "failed", "message": "NGINX ended", "result": None}
    assert progress.ending(failed) == "failed: NGINX ended"
