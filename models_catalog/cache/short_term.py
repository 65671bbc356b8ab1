"""What a function returned a moment ago: good enough for a page, and much cheaper."""

import functools
import time

from django.db import connection

AT_MOST_S = 1.0  # how long a process may take to see what another one changed


def lately(read):
    """Decorate a function of few different arguments: ask it once a second for each.

    In a transaction it is asked anew, as is all that is seen there.
    """
    known = {}

    @functools.wraps(read)
    def answer(*arguments):
        if connection.in_atomic_block:
            return read(*arguments)
        value, until_s = known.get(arguments, (None, 0.0))
        if time.monotonic() >= until_s:
            value = read(*arguments)
            known[arguments] = value, time.monotonic() + AT_MOST_S
        return value

    return answer
