"""The page for a fault of ours; where data could not be stored, it says just that.

A full disk or a database that is busy for too long is no fault of the code, it passes,
and it can come about in any view and any middleware: so it is met here, once.
"""

import errno
import sys
from collections.abc import Iterator

from django.db import DatabaseError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as fault_of_ours

_RETRY_S = 60
# SQLite's words (sqlite3_errstr), and PostgreSQL's for its class 53.
_WORDS = {
    "The disk of this site is full": (
        "database or disk is full",
        "disk i/o error",
        "unable to open database file",
        "no space left on device",
        "disk full",
    ),
    "The database of this site is busy": (
        "database is locked",
        "database table is locked",
    ),
    "The data of this site cannot be written": (
        "attempt to write a readonly database",
        "connection refused",
        "too many clients",
    ),
}


def server_error(request):
    """Answer 503 where data could not be stored, and 500 for any other fault."""
    sentence = _sentence(sys.exc_info()[1])
    if not sentence:
        return fault_of_ours(request)
    # Without the request: who is signed in would be looked up in that same database.
    page = render_to_string("503.html", {"sentence": sentence})
    return HttpResponse(page, status=503, headers={"Retry-After": str(_RETRY_S)})


def _sentence(error):
    """Return what is wrong with the storage; empty if that is not what went wrong."""
    for each in _chain(error):
        if isinstance(each, OSError) and each.errno in (errno.ENOSPC, errno.EDQUOT):
            return "The disk of this site is full"
        if isinstance(each, DatabaseError):
            text = str(each).lower()
            for sentence, words in _WORDS.items():
                if any(word in text for word in words):
                    return sentence
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
