"""What is done every night: each step, whatever becomes of the others, and told."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from labs.execution import database_check, nightly


@pytest.fixture(autouse=True)
def data(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(nightly, "_done_here", "")
    monkeypatch.setattr(nightly, "STEPS", {"well": lambda: "All is well"})
    return tmp_path


def at(monkeypatch, hour, day=3):
    now = datetime(2026, 3, day, hour, 30, tzinfo=ZoneInfo("UTC"))
    monkeypatch.setattr(nightly.timezone, "localtime", lambda: now)


def fails():
    raise RuntimeError("no such table")


def finds():
    raise database_check.DataFault("The database is damaged")


def test_it_is_due_once_a_night(monkeypatch):
    at(monkeypatch, 14)
    assert not nightly.is_due()
    at(monkeypatch, 3)
    assert nightly.is_due()
    nightly.run()
    assert not nightly.is_due()
    at(monkeypatch, 3, day=4)
    assert nightly.is_due()


def test_a_step_that_fails_keeps_none_from_being_done():
    nightly.STEPS.update(fails=fails, finds=finds, last=lambda: "done")
    steps = nightly.run()["steps"]
    assert [found["ok"] for found in steps.values()] == [True, False, False, True]
    assert nightly.last()["steps"] == steps
    assert nightly.faults() == [
        "It failed: RuntimeError: no such table",
        "The database is damaged",
    ]


@pytest.mark.parametrize("text", ["", "7", '{"steps": 7}', '{"steps": {"a": 1}}'])
def test_a_damaged_report_is_none(data, text):
    (data / "nightly.json").write_text(text)
    assert nightly.faults() == []


def test_where_nothing_can_be_written_it_is_done_once_all_the_same(
    settings, monkeypatch
):
    settings.DATA_DIR = "/proc/nowhere"
    at(monkeypatch, 3)
    assert nightly.is_due()
    assert nightly.run()["steps"]["well"]["ok"]
    assert not nightly.is_due()


def test_it_can_be_done_by_hand(capsys):
    call_command("maintain")
    assert "All is well" in capsys.readouterr().out
    nightly.STEPS["finds"] = finds
    with pytest.raises(CommandError):
        call_command("maintain")
