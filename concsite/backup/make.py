"""Makes a backup of this site, which may go on running."""

from __future__ import annotations

import platform
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.utils import timezone

from concsite.backup import archive, database
from concsite.backup.errors import BackupError


def backup(to: Path, replace: bool = False) -> Path:
    """Write an archive and return its path: `to`, or a new file in that directory.

    BackupError where it cannot be made; then nothing is left of it.
    """
    path = _named(to)
    if path.exists() and not replace:
        raise BackupError(f"{path} is there already")
    if not path.parent.is_dir():
        raise BackupError(f"There is no directory {path.parent}")
    try:
        with tempfile.TemporaryDirectory(
            prefix=".concsite-backup.", dir=path.parent
        ) as folder:
            # The database first: pictures that its rows name are there already.
            copy = Path(folder) / database.member_name()
            database.dump(copy)
            with archive.written(path) as writer:
                writer.add(copy.name, copy)
                _add_files(writer)
                writer.finish(_about())
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _named(to: Path) -> Path:
    if not to.is_dir():
        return to.absolute()
    return to.absolute() / f"concsite-{timezone.now():%Y%m%dT%H%M%SZ}.tar"


def _add_files(writer: archive.Writer) -> None:
    key = settings.DATA_DIR / "secret-key"
    if key.exists():
        writer.add(key.name, key)
    media = Path(settings.MEDIA_ROOT)
    for path in sorted(media.rglob("*")):
        if path.is_file():
            writer.add(f"media/{path.relative_to(media)}", path)


def _about() -> dict[str, Any]:
    return {
        "made_at": timezone.now().isoformat(),
        "versions": {
            "django": django.get_version(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "migrations": database.migrations(),
    }
