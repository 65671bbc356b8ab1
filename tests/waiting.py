"""Waits for what another process does."""

import time


def until(look, max_s=20):
    """Return what `look` returns as soon as that is something."""
    until_s = time.monotonic() + max_s
    while not (found := look()):
        assert time.monotonic() < until_s, f"Not so after {max_s} s"
        time.sleep(0.02)
    return found
