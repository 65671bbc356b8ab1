"""Brings a backup back; what was there before is put aside, never deleted."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from concsite.backup import archive, database
from concsite.backup.errors import BackupError

_LOGS = ("-wal", "-shm")  # beside SQLite's file; another database's would spoil it


def restore(path: Path, force: bool = False) -> Path | None:
    """Replace this site's data by those of an archive.

    Returns the directory in which the former data now are, None if there were none.
    The caller holds the data directory (`data_folder.have_alone`). BackupError where it
    cannot be done; then all is as it was.
    """
    if not force and not is_empty():
        raise BackupError(
            f"There are data in {settings.DATA_DIR} already. --force puts them aside"
        )
    try:
        with tempfile.TemporaryDirectory(
            prefix=".restore.", dir=settings.DATA_DIR
        ) as folder:
            staged = Path(folder)
            manifest = archive.extract(path, staged)
            _check(manifest, staged, path)
            return _exchange(staged)
    except OSError as error:
        raise BackupError(f"{path} cannot be restored: {error}") from error
    finally:
        connection.close()


def is_empty() -> bool:
    """Whether this site has no data yet; a secret key comes with the first start."""
    media = Path(settings.MEDIA_ROOT)
    has_files = media.is_dir() and any(path.is_file() for path in media.rglob("*"))
    return database.is_empty() and not has_files


def _check(manifest: dict[str, Any], staged: Path, path: Path) -> None:
    copy = staged / database.member_name()
    if not copy.exists():
        raise BackupError(
            f"{path} is of a site with another kind of database than {copy.name}"
        )
    database.check(copy)
    if unknown := database.unknown_migrations(manifest.get("migrations", [])):
        raise BackupError(
            f"{path} is of a newer version of this site: {', '.join(unknown[:5])}"
        )


def _exchange(staged: Path) -> Path | None:
    """Put the former data aside and the new ones in their place."""
    connection.close()
    aside = settings.DATA_DIR / f"before-restore-{timezone.now():%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    moves = [*_former(aside), *_new(staged)]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            shutil.move(source, target)
            done.append((source, target))
        _load_postgresql(staged, aside)
    except (OSError, BackupError):
        for source, target in reversed(done):
            shutil.move(target, source)
        raise
    if any(aside.iterdir()):
        return aside
    aside.rmdir()
    return None


def _former(aside: Path) -> list[tuple[Path, Path]]:
    paths = [settings.DATA_DIR / "secret-key", Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        path = database.sqlite_path()
        paths += [path, *(Path(f"{path}{end}") for end in _LOGS)]
    return [(path, aside / path.name) for path in paths if path.exists()]


def _new(staged: Path) -> list[tuple[Path, Path]]:
    moves = [
        (staged / "secret-key", settings.DATA_DIR / "secret-key"),
        (staged / "media", Path(settings.MEDIA_ROOT)),
    ]
    if connection.vendor == "sqlite":
        moves.append((staged / database.SQLITE, database.sqlite_path()))
    return [(source, target) for source, target in moves if source.exists()]


def _load_postgresql(staged: Path, aside: Path) -> None:
    if connection.vendor == "sqlite":
        return
    if not database.is_empty():
        database.dump(aside / database.POSTGRESQL)
    connection.close()
    database.load_postgresql(staged / database.POSTGRESQL)
