"""A folder of data belongs to one site at a time, and a damaged one starts none."""

import os

import pytest
from django.test import override_settings

from concsite import data_folder, serve
from labs.execution.database_check import DataFault


def test_a_second_site_is_refused_in_words(tmp_path):
    with data_folder.claim(tmp_path), pytest.raises(DataFault) as refused:
        data_folder.claim(tmp_path)
    assert f"Another site (process {os.getpid()}) uses the data in" in str(
        refused.value
    )
    data_folder.claim(tmp_path).close()


def test_pages_alone_are_served_beside_it(tmp_path):
    with (
        override_settings(DATA_DIR=tmp_path),
        data_folder.claim(tmp_path),
        serve.open_data(is_shared=True),
    ):
        pass


def test_a_damaged_database_starts_no_site(tmp_path, monkeypatch, capsys):
    database = tmp_path / "db.sqlite3"
    database.write_bytes(b"noise" * 1000)
    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": database}
    monkeypatch.setattr(serve, "check_address", lambda *address: None)
    monkeypatch.setattr(serve, "settle_environment", lambda host: None)
    with override_settings(DATA_DIR=tmp_path, DATABASES={"default": engine}):
        assert serve.main([]) == 1
    words = capsys.readouterr().err
    assert "is damaged" in words and "put a backup in its place" in words
