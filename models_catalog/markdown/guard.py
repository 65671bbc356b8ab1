"""Work on one text that ends in a finding, whatever the text holds, and never raises.

A curator can save any text. Lists, forms and pages work on many texts at once, and one
that a parser fails on must not take the others with it.
"""

import logging

from django.db import DatabaseError

_log = logging.getLogger(__name__)


def guarded(work, about, instead):
    """Return work(); if it fails, log why and return instead(a sentence about it).

    `about` says in the log which text it is. A database that fails is no text's fault.
    """
    try:
        return work()
    except DatabaseError:
        raise
    except Exception as error:
        _log.exception("The text of %s could not be checked", about)
        return instead(f"This text could not be checked: {_in_words(error)}")


def sentences(work, about):
    """Return the sentences that work() yields, or the one about its failure."""
    return guarded(lambda: list(work()), about, lambda sentence: [sentence])


def line_findings(work, about):
    """Return the (line, what is wrong) that work() yields, or that it failed."""
    return guarded(lambda: list(work()), about, lambda sentence: [(1, sentence)])


def _in_words(error):
    words = str(error).partition("\n")[0][:200]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
