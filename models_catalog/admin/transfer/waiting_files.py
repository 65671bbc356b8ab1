"""Files that were uploaded and looked at, until somebody confirms or forgets them.

They wait in the data directory under names of the server's own, which only the session
of the one who uploaded them knows.
"""

import re
import secrets
import time

from django.conf import settings

_MAX_AGE_S = 24 * 3600
_NAME = re.compile(r"[0-9a-f]{32}\Z")


def keep(data):
    """Store bytes and return their name; throw out what nobody came back for."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - _MAX_AGE_S:
            path.unlink(missing_ok=True)
    name = secrets.token_hex(16)
    (folder / name).write_bytes(data)
    return name


def read(name):
    """Return the bytes that wait under a name; None if there are none."""
    path = _folder() / name
    return path.read_bytes() if _NAME.match(name) and path.is_file() else None


def forget(name):
    """Remove what waits under a name."""
    (_folder() / name).unlink(missing_ok=True)


def _folder():
    return settings.DATA_DIR / "bundles"
