"""Rows that many tests begin with: written once, in a transaction around these tests.

pytest-django runs each test in a transaction and rolls it back. A fixture made with
`shared_rows` writes its rows in a transaction outside of that one, so that a test finds
them there, may change them, and leaves them as they were to the next test that asks for
the same. A test that asks for others, or for none, ends the transaction first.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import transaction

# The fixture of pytest-django that begins a test's transaction.
BEGINS_TEST = "_django_db_helper"
_writers: dict[str, Callable[..., Any]] = {}


def shared_rows(write: Callable[..., Any]) -> Any:
    """Decorate a function that writes rows: make it a fixture of its name.

    Its parameters name fixtures of the whole session, or other shared rows, which are
    written before. A test that asks for the fixture gets what the function returned.
    """
    name = write.__name__
    assert name not in _writers, f"Two functions write shared rows named {name}"
    _writers[name] = write

    @functools.wraps(write)
    def rows(request: pytest.FixtureRequest) -> Any:
        request.getfixturevalue("db")
        return request.getfixturevalue("open_rows").written[name]

    del rows.__wrapped__  # pytest would read the parameters of `write` there
    return pytest.fixture(rows)


def _parameters(name: str) -> list[str]:
    return list(inspect.signature(_writers[name]).parameters)


def _in_order(asked: list[str]) -> list[str]:
    """Return the names of shared rows among these, each after what it builds upon."""
    found: list[str] = []
    for name in asked:
        if name in _writers:
            found += [*_in_order(_parameters(name)), name]
    return list(dict.fromkeys(found))


class OpenRows:
    """The shared rows in the database now, each in a transaction inside the former."""

    def __init__(self, blocker: Any) -> None:
        self.written: dict[str, Any] = {}  # name -> what its function returned
        self._transactions: list[transaction.Atomic] = []
        self._blocker = blocker

    def become(self, wanted: list[str], request: pytest.FixtureRequest) -> None:
        """Take away what is not wanted, with all inside it; write what is missing."""
        same = 0
        for have, want in zip(self.written, wanted, strict=False):
            if have != want:
                break
            same += 1
        self.take_away(same)
        for name in wanted[same:]:
            self._write(name, request)

    def take_away(self, remaining: int = 0) -> None:
        """Roll back all but the first ones."""
        with self._blocker.unblock():
            while len(self._transactions) > remaining:
                transaction.set_rollback(True)
                self._transactions.pop().__exit__(None, None, None)
        self.written = dict(list(self.written.items())[:remaining])

    def _write(self, name: str, request: pytest.FixtureRequest) -> None:
        """Write rows, or leave everything as it was if that fails."""
        value_of = request.getfixturevalue
        given = {
            word: self.written[word] if word in _writers else value_of(word)
            for word in _parameters(name)
        }
        with self._blocker.unblock(), ExitStack() as on_failure:
            on_failure.enter_context(atomic := transaction.atomic())
            self.written[name] = _writers[name](**given)
            on_failure.pop_all()
        self._transactions.append(atomic)


@pytest.fixture(scope="session")
def open_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[OpenRows]:
    """The rows that tests of this process share now."""
    rows = OpenRows(django_db_blocker)
    yield rows
    rows.take_away()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: pytest.FixtureRequest) -> Any:
    """Before a test's own transaction begins, write what it shares with others."""
    if fixturedef.argname == BEGINS_TEST:
        wanted = _in_order(request.fixturenames)
        request.getfixturevalue("open_rows").become(wanted, request)
    return (yield)
