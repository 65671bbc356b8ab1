"""`manage.py backup` and `restore`: verified, whole or not at all, nothing lost."""

import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.utils import ConnectionHandler
from django.test import override_settings

from concsite import serve
from concsite.settings import _SQLITE
from labs.models import LabRun
from tests.site import CHECKOUT, Site

KEY = "a secret of fifty characters and some more, as made"
PICTURE = "pictures/0123456789abcdef0123456789abcdef.png"
RUNS = "SELECT id, server, scenario, status FROM labs_labrun ORDER BY id"


@contextmanager
def site_at(data: Path):
    """Let this process be a site with other data."""
    handler = ConnectionHandler({"default": _SQLITE | {"NAME": data / "db.sqlite3"}})
    before, connections["default"] = connections["default"], handler["default"]
    try:
        with override_settings(DATA_DIR=data, MEDIA_ROOT=data / "media"):
            yield
    finally:
        connections["default"].close()
        connections["default"] = before


def done(data: Path, *words) -> str:
    output = io.StringIO()
    data.mkdir(exist_ok=True)
    with site_at(data):
        call_command(*map(str, words), stdout=output)
    return output.getvalue()


def refused(data: Path, *words) -> str:
    with pytest.raises(CommandError) as error:
        done(data, *words)
    return str(error.value)


def rows(data: Path) -> list[tuple]:
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        return database.execute(RUNS).fetchall()


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    locks = ("data.lock", "site.lock")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if path.name not in locks
    }


@pytest.fixture(scope="module", autouse=True)
def databases_of_their_own(django_db_blocker):
    """Let these tests reach databases: none is the one that others share."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The data of a site with a run, a picture and a key."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    data.mkdir()
    (data / "secret-key").write_text(KEY)
    done(data, "migrate", "-v0")
    with site_at(data):
        LabRun.objects.create(server="nginx", scenario="slowloris", status="finished")
    (data / "media" / PICTURE).parent.mkdir(parents=True)
    (data / "media" / PICTURE).write_bytes(b"a picture")
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return data


@pytest.fixture(scope="module")
def archive(prepared):
    path = prepared.parent / "backup.tar"
    done(prepared, "backup", path)
    return path


@pytest.fixture
def data(prepared, tmp_path):
    """A copy of those data, to be spoilt."""
    return shutil.copytree(prepared, tmp_path / "data")


@pytest.fixture
def fresh(tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    return folder


class TestBackup:
    def test_only_its_owner_may_read_it(self, archive):
        assert stat.S_IMODE(archive.stat().st_mode) == 0o600

    def test_it_has_all_that_cannot_be_made_again(self, archive):
        with tarfile.open(archive) as tar:
            names = tar.getnames()
            manifest = json.load(tar.extractfile("manifest.json"))
        assert sorted(names) == sorted(
            ["database.sqlite3", "secret-key", f"media/{PICTURE}", "manifest.json"]
        )
        assert manifest["files"].keys() == set(names) - {"manifest.json"}
        assert manifest["versions"].keys() >= {"django", "python", "sqlite"}

    def test_nothing_else_is_left_beside_it(self, archive):
        assert [p.name for p in archive.parent.iterdir() if p.name[0] == "."] == []

    def test_a_directory_gets_a_file_with_the_time(self, data, fresh):
        done(data, "backup", fresh)
        assert [path.suffix for path in fresh.iterdir()] == [".tar"]

    def test_a_name_in_gz_is_compressed(self, data, fresh):
        done(data, "backup", fresh / "all.tar.gz")
        assert (fresh / "all.tar.gz").read_bytes()[:2] == b"\x1f\x8b"
        other = fresh / "other"
        done(other, "restore", fresh / "all.tar.gz")
        assert rows(other) == rows(data)

    def test_what_is_there_is_not_replaced_unasked(self, data, archive):
        before = archive.read_bytes()
        assert "is there already" in refused(data, "backup", archive)
        assert archive.read_bytes() == before

    def test_a_transaction_under_way_is_not_in_it(self, data, fresh):
        with closing(sqlite3.connect(data / "db.sqlite3")) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM labs_labrun")
            done(data, "backup", fresh / "all.tar")
            writer.rollback()
        done(fresh / "other", "restore", fresh / "all.tar")
        assert rows(fresh / "other") == rows(data)

    def test_a_damaged_database_is_no_backup(self, data, fresh):
        spoil(data / "db.sqlite3", at=8192, length=4096)
        assert "atabase" in refused(data, "backup", fresh / "all.tar")
        assert list(fresh.iterdir()) == []

    @pytest.mark.sandbox
    def test_on_a_full_disk_nothing_is_left(self, data, fresh):
        script = (
            f"mount -t tmpfs -o size=256k tmpfs {fresh} && "
            f"{sys.executable} manage.py backup {fresh}/all.tar; code=$?; "
            f"ls -A {fresh}; exit $code"
        )
        result = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
            cwd=CHECKOUT,
            env=os.environ | {"CONCSITE_DATA": str(data)},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 1
        assert "full" in result.stderr or "No space" in result.stderr
        assert result.stdout == ""


def spoil(path: Path, at: int, length: int = 1) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(length)
        file.seek(at)
        file.write(bytes(byte ^ 0x5A for byte in old))


class TestRestore:
    def test_elsewhere_all_is_as_it_was(self, prepared, archive, fresh):
        done(fresh, "restore", archive)
        assert rows(fresh) == rows(prepared)
        assert (fresh / "secret-key").read_text() == KEY
        assert (fresh / "media" / PICTURE).read_bytes() == b"a picture"
        assert stat.S_IMODE((fresh / "secret-key").stat().st_mode) == 0o600

    def test_data_that_are_there_are_not_replaced_unasked(self, data, archive):
        before = contents(data)
        assert "--force" in refused(data, "restore", archive)
        assert contents(data) == before

    def test_by_force_they_are_put_aside(self, data, archive):
        with closing(sqlite3.connect(data / "db.sqlite3")) as database:
            database.execute("DELETE FROM labs_labrun")
            database.commit()
        (data / "media/pictures/other").write_bytes(b"later")
        done(data, "restore", "--force", archive)
        assert len(rows(data)) == 1
        assert not (data / "media/pictures/other").exists()
        [aside] = data.glob("before-restore-*")
        assert rows(aside) == []
        assert (aside / "media/pictures/other").read_bytes() == b"later"

    @pytest.mark.parametrize("is_shared", [True, False])
    def test_not_while_a_site_runs(self, data, archive, is_shared):
        before = contents(data)
        with site_at(data), serve.open_data(is_shared=is_shared):
            assert "site that runs" in refused(data, "restore", "--force", archive)
        assert contents(data) == before

    @pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
    def test_a_damaged_archive_changes_nothing(self, data, archive, tmp_path, where):
        bad = shutil.copy(archive, tmp_path / "bad.tar")
        spoil(bad, at=int(where * database_bytes(archive)) + 512)
        before = contents(data)
        assert "damaged" in refused(data, "restore", "--force", bad)
        assert contents(data) == before

    @pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
    def test_nor_does_one_that_was_cut_off(self, data, archive, tmp_path, part):
        bad = tmp_path / "bad.tar"
        whole = archive.read_bytes()
        bad.write_bytes(whole[: int(part * database_bytes(archive))])
        before = contents(data)
        assert "damaged" in refused(data, "restore", "--force", bad)
        assert contents(data) == before

    @pytest.mark.parametrize("name", ["../outside", "/etc/outside", "media/../../x"])
    def test_nor_does_one_with_other_names(self, data, archive, tmp_path, name):
        bad = shutil.copy(archive, tmp_path / "bad.tar")
        with tarfile.open(bad, "a") as tar:
            member = tarfile.TarInfo(name)
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
        before = contents(data)
        refused(data, "restore", "--force", bad)
        assert contents(data) == before

    def test_a_newer_sites_is_refused_by_name(self, data, archive, tmp_path):
        newer = tmp_path / "newer"
        done(newer, "restore", archive)
        with closing(sqlite3.connect(newer / "db.sqlite3")) as database:
            database.execute(
                "INSERT INTO django_migrations (app, name, applied) "
                "VALUES ('labs', '9999_later', '2030-01-01')"
            )
            database.commit()
        done(newer, "backup", tmp_path / "newer.tar")
        sentence = refused(data, "restore", "--force", tmp_path / "newer.tar")
        assert "labs.9999_later" in sentence

    @pytest.mark.server
    def test_the_site_starts_with_the_same_runs(self, prepared, archive, fresh):
        done(fresh, "restore", archive)
        site = Site(fresh)
        try:
            site.wait_for_address()
            assert rows(fresh) == rows(prepared)
            assert "site that runs" in refused(fresh, "restore", "--force", archive)
            second = Site(fresh)
            assert second.process.wait(timeout=60) == 1
            assert "uses the data" in second.said
        finally:
            site.end()


def database_bytes(archive: Path) -> int:
    with tarfile.open(archive) as tar:
        return tar.getmember("database.sqlite3").size
