"""What the environment says about the database."""

import pytest
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
