"""Large uploads: a process of their own, its limits, its end."""

import json
import os
import sys
import time
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from simple_history.models import HistoricalRecords

from models_catalog.models import Load
from models_catalog.sync import apart, apart_process, uploads, waiting_files
from models_catalog.sync.uploads import Outcome, Upload
from tests.catalog.bundle import FILES
from tests.catalog.sync.test_bundle import zipped

NOBODY = SimpleNamespace(pk=1)
UPLOAD = Upload("loads", "t.csv", b"slug\nslow\n")
NEVER_S = 120  # far above what any of this takes
LOAD = "title,kind,summary,body\n"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    """Let files wait in a directory of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "bundles"


@pytest.fixture
def process(monkeypatch):
    """Start a process that runs this instead of our own; return its file's name."""
    started = []

    def start(code):
        monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", code])
        name = waiting_files.keep(UPLOAD.data)
        apart.start(name, UPLOAD, NOBODY)
        started.append(name)
        return name

    yield start
    for name in started:
        apart.cancel(name)


def ended(name):
    until_s = time.monotonic() + NEVER_S
    while time.monotonic() < until_s:
        if (state := apart.state_of(name)).outcome is not None:
            return state.outcome
        time.sleep(0.05)
    raise AssertionError(f"It never ended: {state}")


class TestProcess:
    def test_it_is_under_way_until_it_is_cancelled(self, process, data_dir):
        name = process("import time; time.sleep(600)")
        assert apart.state_of(name) == apart.State("Starting")
        waiting_files.path_of(name, "progress").write_text("Comparing page 2 of 3")
        assert apart.state_of(name).progress == "Comparing page 2 of 3"
        (child,) = apart._children
        apart.cancel(name)
        assert child.wait(NEVER_S) < 0
        assert list(data_dir.iterdir()) == [] and apart.state_of(name) is None

    def test_what_ends_without_a_result_is_said(self, process):
        outcome = ended(process("pass"))
        assert "This takes more than 120 seconds or 1024 MiB" in outcome.fault

    @pytest.mark.parametrize(
        "work", ["while True: pass", "import time; time.sleep(900)", "b = b'x' * 10**9"]
    )
    def test_its_limits_end_it(self, process, work):
        limits = "import models_catalog.sync.apart_process as p; p._limit(1, 2 * 10**8)"
        assert ended(process(f"{limits}\n{work}")).fault

    def test_no_more_than_a_few_at_once(self, process):
        for _ in range(apart.MAX_AT_ONCE):
            process("import time; time.sleep(600)")
        with pytest.raises(apart.TooMany):
            process("pass")

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 32 + "/x", "\0"])
    def test_a_name_that_is_none_of_ours(self, name, data_dir):
        assert apart.state_of(name) is None and waiting_files.read(name) is None
        apart.cancel(name)
        waiting_files.forget(name)


@pytest.fixture
def carried_out(monkeypatch, small, admin_user):
    """Carry out a spec as the process would, but here; return the outcome."""
    monkeypatch.setattr(apart_process, "_limit", lambda *_: None)
    monkeypatch.setattr(apart_process.os, "nice", lambda _: None)
    monkeypatch.setattr(apart_process.django, "setup", lambda: None)

    def carry_out(upload, seen=None, ticked=()):
        name = waiting_files.keep(upload.data)
        spec = {"kind": upload.kind, "name": upload.name, "file": name}
        spec |= {"user": admin_user.pk, "seen": seen, "ticked": ticked}
        given = SimpleNamespace(read=lambda: json.dumps(spec))
        monkeypatch.setattr(apart_process.sys, "stdin", given)
        apart_process.main()
        text = waiting_files.path_of(name, "result").read_text()
        return Outcome.from_json(json.loads(text))

    yield carry_out
    with suppress(AttributeError):  # it is the process's own elsewhere
        del HistoricalRecords.context.request


class TestWork:
    def test_it_finds_what_a_request_would(self, carried_out):
        upload = Upload("loads", "t.csv", b"slug,body\nslow,Other.\n")
        assert carried_out(upload) == uploads.look(upload)
        assert Load.objects.get().body == "An attack."

    def test_it_brings_in_what_was_seen_and_names_its_author(
        self, carried_out, admin_user
    ):
        upload = Upload("loads", "t.csv", b"slug,body\nslow,Other.\n")
        stale = carried_out(upload, seen="else")
        assert stale.is_stale and Load.objects.get().body == "An attack."
        assert carried_out(upload, seen=stale.digest).is_done
        newest = Load.objects.get().history.first()
        assert newest.body == "Other." and newest.history_user == admin_user

    def test_faults_come_back_as_words(self, carried_out):
        outcome = carried_out(Upload("bundle", "b.zip", b"no zip"))
        assert "This is no zip that can be read" in outcome.fault

    def test_differences_are_as_many_as_a_page_can_show(self, small):
        lines = "\n".join(f"line {n}" for n in range(6000))
        table = f'slug,body\nslow,"{lines}"\n'.encode()
        (change,) = uploads.look(Upload("loads", "t.csv", table)).changes
        (line,) = change.changes[0].lines
        assert line.text == "6001 lines, which are too many to be shown"


class TestSize:
    def test_small_files_are_looked_at_at_once(self, db):
        assert not Upload("bundle", "b.zip", zipped(FILES).getvalue()).is_large
        assert not UPLOAD.is_large

    @pytest.mark.parametrize(
        "upload",
        [
            Upload("loads", "t.csv", b"slug\n" + b"a\n" * 51),
            Upload("loads", "t.csv", b"slug\n" + b"a" * 40_000),
            Upload("bundle", "b.zip", zipped({"loads/x.md": "x" * 40_000}).getvalue()),
            Upload(
                "bundle",
                "b.zip",
                zipped({f"loads/x{n}.md": "" for n in range(51)}).getvalue(),
            ),
        ],
        ids=["rows", "bytes", "unpacked", "files"],
    )
    def test_others_are_not(self, upload):
        assert upload.is_large


class TestWaitingFiles:
    def test_what_nobody_came_back_for_is_cleaned_away(self, data_dir):
        old, new = waiting_files.keep(b"a"), waiting_files.keep(b"b")
        beside = waiting_files.path_of(old, "result")
        beside.write_text("{}")
        for path in (waiting_files.path_of(old), beside):
            os.utime(path, (time.time() - 7200,) * 2)
        assert waiting_files.clean_waiting_files(timedelta(hours=1)) == 2
        assert [path.name for path in data_dir.iterdir()] == [new]

    def test_where_nothing_was_ever_uploaded(self, data_dir):
        assert waiting_files.clean_waiting_files(timedelta(0)) == 0
        assert not data_dir.exists()
