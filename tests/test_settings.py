"""What the environment says about the database, and which middleware there may be."""

import pytest
from django.conf import settings
from django.utils.module_loading import import_string
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


class TestMiddleware:
    @pytest.mark.parametrize("name", settings.MIDDLEWARE)
    def test_each_can_run_on_the_event_loop(self, name):
        """One that cannot makes threads wait for the loop, also when it has stopped."""
        assert import_string(name).async_capable
