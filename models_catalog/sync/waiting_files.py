"""Files that were uploaded and looked at, until somebody confirms or forgets them.

They wait in the data directory under names of the server's own, which only the session
of the one who uploaded them knows. Beside a file stands what a process of its own wrote
about it: `<name>.progress`, `<name>.result`, ...
"""

import contextlib
import re
import secrets
import time
from datetime import timedelta

from django.conf import settings

_MAX_AGE = timedelta(hours=24)
_NAME = re.compile(r"[0-9a-f]{32}\Z")


def keep(data):
    """Store bytes and return their name; throw out what nobody came back for."""
    clean_waiting_files(_MAX_AGE)
    name = secrets.token_hex(16)
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path_of(name).write_bytes(data)
    return name


def read(name):
    """Return the bytes that wait under a name; None if there are none."""
    try:
        return path_of(name).read_bytes()
    except (ValueError, FileNotFoundError):
        return None


def path_of(name, part=""):
    """Return the path of a waiting file, or of what stands beside it as `part`.

    ValueError for what is no name of ours, so that none leads to another folder.
    """
    if not _NAME.match(name):
        raise ValueError("A waiting file has a name of the server's own")
    return folder() / (f"{name}.{part}" if part else name)


def forget(name):
    """Remove what waits under a name, and all that stands beside it."""
    if _NAME.match(name):
        for path in folder().glob(f"{name}*"):
            path.unlink(missing_ok=True)


def clean_waiting_files(older_than):
    """Remove files that wait for longer than a timedelta; return how many there were.

    For a nightly job: otherwise they are cleaned away at the next upload only.
    """
    if not folder().is_dir():
        return 0
    count, until_s = 0, time.time() - older_than.total_seconds()
    for path in folder().iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process cleans, too
            if path.is_file() and path.stat().st_mtime < until_s:
                path.unlink()
                count += 1
    return count


def folder():
    """Return where they wait."""
    return settings.DATA_DIR / "bundles"
