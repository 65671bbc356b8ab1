"""Where `--json` writes: what is there stays what it is, and no document is lost."""

import json
import os
import stat
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from labs.bench.contracts.errors import SpecError
from labs.cli import exit_codes, output_file
from labs.cli.run import RunRequest, run

DOCUMENT = {"a": 1}


def written(path: Path) -> dict:
    assert output_file.write(DOCUMENT, str(path)) == exit_codes.FINISHED
    return json.loads(path.read_text())


class TestFiles:
    def test_a_new_one_is_made_and_nothing_beside_it(self, tmp_path):
        output_file.check_path(str(tmp_path / "new"))
        assert list(tmp_path.iterdir()) == []
        assert written(tmp_path / "new") == DOCUMENT
        assert [path.name for path in tmp_path.iterdir()] == ["new"]

    def test_one_that_is_there_keeps_its_mode(self, tmp_path):
        path = tmp_path / "old"
        path.write_text("x" * 1000)
        path.chmod(0o640)
        output_file.check_path(str(path))
        assert path.read_text() == "x" * 1000  # to look changes nothing
        assert written(path) == DOCUMENT
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    @pytest.mark.parametrize("is_there", [True, False])
    def test_a_link_stays_one_and_what_it_leads_to_is_written(self, tmp_path, is_there):
        (tmp_path / "far").mkdir()
        target, link = tmp_path / "far" / "target", tmp_path / "link"
        if is_there:
            target.write_text("before")
        link.symlink_to("far/target")
        output_file.check_path(str(link))
        assert written(link) == DOCUMENT
        assert link.is_symlink() and json.loads(target.read_text()) == DOCUMENT


class TestWhatIsNoFile:
    def test_a_pipe_stays_one_and_its_reader_gets_it_all(self, tmp_path):
        pipe, got = tmp_path / "pipe", []
        os.mkfifo(pipe)
        reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
        output_file.check_path(str(pipe))
        reader.start()
        assert output_file.write(DOCUMENT, str(pipe)) == exit_codes.FINISHED
        reader.join()
        assert json.loads(got[0]) == DOCUMENT and pipe.is_fifo()

    def test_a_device_stays_one(self, tmp_path):
        try:  # a copy: who breaks the real one breaks the machine
            os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("Only root may make a device")
        output_file.check_path(str(tmp_path / "null"))
        try:
            assert output_file.write(DOCUMENT, str(tmp_path / "null")) == 0
        finally:
            is_device = (tmp_path / "null").is_char_device()
        assert is_device


class TestRefusals:
    @pytest.mark.parametrize(
        "path, why",
        [
            ("/no/such/x", "No such file"),
            ("/proc/x.json", ""),
            ("/", "It is a folder"),
            ("/dev/null/x", "Not a directory"),
        ],
    )
    def test_what_cannot_be_written_is_a_bad_argument(self, path, why):
        with pytest.raises(SpecError, match=f"cannot be written to {path}: {why}"):
            output_file.check_path(path)

    def test_a_link_in_a_circle_is_one_too(self, tmp_path):
        (tmp_path / "x").symlink_to("x")
        with pytest.raises(SpecError, match="Too many levels"):
            output_file.check_path(str(tmp_path / "x"))


class TestLosses:
    def test_one_that_fails_in_the_end_is_kept_elsewhere(
        self, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert output_file.write(DOCUMENT, "/proc/x.json") == exit_codes.OUR_FAULT
        said = capsys.readouterr().err
        assert "cannot be written to /proc/x.json" in said
        (kept,) = tmp_path.iterdir()
        assert f"It is in {kept} instead" in said
        assert json.loads(kept.read_text()) == DOCUMENT

    def test_a_full_device_is_said_and_the_document_kept(
        self, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert output_file.write(DOCUMENT, "/dev/full") == exit_codes.OUR_FAULT
        assert "No space left on device" in capsys.readouterr().err
        assert json.loads(next(tmp_path.iterdir()).read_text()) == DOCUMENT

    def test_with_no_other_place_it_is_printed(self, monkeypatch, capsys):
        monkeypatch.setattr(tempfile, "tempdir", "/no/such")
        assert output_file.write(DOCUMENT, "/dev/full") == exit_codes.OUR_FAULT
        assert json.loads(capsys.readouterr().out) == DOCUMENT

    def test_a_full_standard_output_is_one_too(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with open("/dev/full", "w") as full:
            monkeypatch.setattr(sys, "stdout", full)
            assert output_file.write(DOCUMENT, "-") == exit_codes.OUR_FAULT
        assert "standard output" in capsys.readouterr().err
        assert json.loads(next(tmp_path.iterdir()).read_text()) == DOCUMENT

    def test_a_command_says_so_with_its_exit_code(self, told, tmp_path, monkeypatch):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert run(RunRequest("nginx", "throughput", json_to="/dev/full")) == 5
