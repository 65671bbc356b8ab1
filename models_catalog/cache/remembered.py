"""Values that take long to find out, in Django's cache for as long as they are right.

What is made of the catalog's rows is right until a row changes: it goes under the word
of the edition (`edition.py`). What nobody announces is asked again every second.
"""

from django.core.cache import cache
from django.db import connection

# How long a process may take to see what another process changed.
MAX_AGE_S = 1.0


def for_edition(edition, key, make):
    """Return `make()`, called once for an edition's word and a key.

    None is not remembered. Without an edition nothing is: so a draft leaves no trace.
    """
    if not edition:
        return make()
    key = f"catalog:{edition}:{key}"
    if (value := cache.get(key)) is None and (value := make()) is not None:
        cache.set(key, value)
    return value


def for_a_second(key, read):
    """Return `read()`, called at most once a second for a key.

    In a transaction it is called anew: nobody else may see what is seen there.
    """
    if connection.in_atomic_block:
        return read()
    return cache.get_or_set(f"second:{key}", read, MAX_AGE_S)
