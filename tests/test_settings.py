"""What the environment says about the database and about those who reach the site."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from psycopg import ProgrammingError

from concsite.settings import postgresql

ENGINE = "django.db.backends.postgresql"


class TestPostgresqlWords:
    def test_each_word_goes_where_django_wants_it(self):
        given = postgresql(
            "host=/run/postgresql port=5433 dbname=concsite user=ann password='a b'"
        )
        assert given == {
            "ENGINE": ENGINE,
            "NAME": "concsite",
            "USER": "ann",
            "PASSWORD": "a b",
            "HOST": "/run/postgresql",
            "PORT": "5433",
            "OPTIONS": {},
        }

    def test_all_others_are_left_to_libpq(self):
        options = {"service": "concsite", "sslmode": "verify-full"}
        given = postgresql("service=concsite sslmode=verify-full")
        assert given == {"ENGINE": ENGINE, "OPTIONS": options}

    def test_nonsense_is_refused(self):
        with pytest.raises(ProgrammingError):
            postgresql("sqlite")


class TestEnvironment:
    def run(self, tmp_path, *words, **environment):
        ours = {k: v for k, v in os.environ.items() if not k.startswith("CONCSITE_")}
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=settings.BASE_DIR,
            env=ours | {"CONCSITE_DATA": str(tmp_path)} | environment,
            capture_output=True,
            text=True,
        )

    def test_a_site_for_others_with_https_passes_the_check_for_deployment(
        self, tmp_path
    ):
        checked = self.run(
            tmp_path,
            *("check", "--deploy", "--fail-level", "WARNING"),
            CONCSITE_LOOPBACK_ONLY="0",
            CONCSITE_HTTPS="1",
            CONCSITE_HOSTS="lab.example.org",
        )
        assert checked.returncode == 0, checked.stderr

    @pytest.mark.parametrize(
        ("name", "word", "sentence"),
        [
            ("CONCSITE_LOG", "xml", "CONCSITE_LOG must be text or json, not xml"),
            ("CONCSITE_LIMITS", "heads=1", "heads is none of max_connections"),
        ],
    )
    def test_a_word_that_is_none_is_refused(self, tmp_path, name, word, sentence):
        refused = self.run(tmp_path, "check", **{name: word})
        assert refused.returncode != 0 and sentence in refused.stderr
