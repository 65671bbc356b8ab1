"""Where data cannot be stored, a page says so with 503; any other fault is a 500."""

import errno
import sqlite3

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.urls import reverse

from concsite import storage_fault
from labs.views import runs

FULL = OperationalError("database or disk is full")
LOCKED = OperationalError("database is locked")


def raiser(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.fixture
def visitor(guest):
    """A browser that is shown what the site answers to a fault."""
    guest.raise_request_exception = False
    return guest


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (FULL, "The disk of this site is full"),
            (OSError(errno.ENOSPC, "No space left on device"), "disk of this site"),
            (LOCKED, "The database of this site is busy"),
        ],
        ids=str,
    )
    def test_a_view_that_cannot_store_is_503(self, visitor, monkeypatch, error, words):
        monkeypatch.setattr(runs.registry, "servers", raiser(error))
        response = visitor.get(reverse("labs:run_list"))
        assert (response.status_code, response["Retry-After"]) == (503, "60")
        assert words in response.content.decode()

    def test_so_is_a_session_that_cannot_be_saved(self, visitor, monkeypatch):
        monkeypatch.setattr(SessionStore, "save", raiser(FULL))
        monkeypatch.setattr(SessionStore, "create", raiser(FULL))
        visitor.cookies.clear()
        url = f"{reverse('labs:run_form', args=['slowloris'])}?server=nginx"
        page = visitor.get(url)  # stores nothing
        form = page.context["form"]
        data = {name: form[name].initial for name in form.fields}
        assert visitor.post(url, data | {"server": "nginx"}).status_code == 503

    def test_any_other_fault_is_ours(self, visitor, monkeypatch):
        error = OperationalError("no such column: x")
        monkeypatch.setattr(runs.registry, "servers", raiser(error))
        response = visitor.get(reverse("labs:run_list"))
        assert response.status_code == 500
        assert "A fault of ours" in response.content.decode()


def test_the_cause_counts_too():
    try:
        try:
            raise sqlite3.OperationalError("database or disk is full")
        except sqlite3.OperationalError as error:
            raise OperationalError(*error.args) from error
    except OperationalError as error:
        outer = BadRequest("while answering")
        outer.__cause__ = error
    assert storage_fault._sentence(outer) == "The disk of this site is full"
    assert storage_fault._sentence(None) == ""
