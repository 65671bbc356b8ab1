"""One archive file: written whole or not at all, read with every digest checked."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from concsite.backup.errors import BackupError

MANIFEST = "manifest.json"
FORMAT = 1
_PIECE_BYTES = 1 << 20
# The names that a backup writes, and the only ones that are ever brought back.
_NAME = re.compile(r"(database\.(sqlite3|pgdump)|secret-key|media(/[\w.-]+)+)\Z", re.A)


class Writer:
    """Adds files to an archive and notes their digests."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file under a name."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            reader = _DigestReader(file)
            self._tar.addfile(_member(name, size), reader)
        self._files[name] = {"bytes": size, "sha256": reader.digest.hexdigest()}

    def finish(self, about: dict[str, Any]) -> None:
        """Add the manifest, which must come last."""
        manifest = {"format": FORMAT, **about, "files": self._files}
        data = json.dumps(manifest, indent=1).encode()
        self._tar.addfile(_member(MANIFEST, len(data)), io.BytesIO(data))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    return member


class _DigestReader(io.RawIOBase):
    """Passes a file on and computes its digest on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read as the file does."""
        data = self._file.read(size)
        self.digest.update(data)
        return data


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """Write an archive that appears under its name when it is complete and verified.

    Only its owner may read it: it has the secret key and digests of passwords.
    """
    # mkstemp makes files of mode 0600.
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    partial = Path(name)
    try:
        is_compressed = path.suffix in (".gz", ".tgz")
        with os.fdopen(number, "wb") as file:
            with tarfile.open(
                fileobj=file, mode="w:gz" if is_compressed else "w"
            ) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        verify(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def verify(path: Path) -> dict[str, Any]:
    """Read a whole archive and return its manifest. BackupError where it is damaged."""
    return _read(path, None)


def extract(path: Path, folder: Path) -> dict[str, Any]:
    """Write an archive's files into a folder; return its manifest.

    BackupError where it is damaged; the folder may then have some of the files.
    """
    return _read(path, folder)


def _read(path: Path, folder: Path | None) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    manifest = None
    try:
        with tarfile.open(path, "r:*") as tar:
            for member in tar:
                if manifest is not None:
                    raise BackupError(f"{path}: there is {member.name} after its end")
                content = _content(tar, member, path)
                if member.name == MANIFEST:
                    manifest = json.loads(content.read())
                else:
                    found[member.name] = _copy(content, member.name, folder, path)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise BackupError(f"{path} is damaged or no backup: {error}") from error
    return _checked(manifest, found, path)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> IO[bytes]:
    known = member.name == MANIFEST or _NAME.match(member.name)
    content = tar.extractfile(member) if member.isreg() and known else None
    if content is None or ".." in member.name.split("/"):
        raise BackupError(f"{path}: no backup has a member {member.name!r}")
    return content


def _copy(content, name: str, folder: Path | None, path: Path) -> dict[str, Any]:
    """Read one member, into the folder if there is one; return what it is."""
    digest, size = hashlib.sha256(), 0
    with _target(name, folder) as target:
        while piece := content.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


@contextmanager
def _target(name: str, folder: Path | None) -> Iterator[IO[bytes]]:
    """Open what a member is written to, which is nothing without a folder."""
    if folder is None:
        with open(os.devnull, "wb") as nothing:
            yield nothing
        return
    (folder / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder / name, "xb", opener=_private) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _checked(manifest, found, path: Path) -> dict[str, Any]:
    if not isinstance(manifest, dict) or "files" not in manifest:
        raise BackupError(f"{path} is damaged: it ends without a manifest")
    if manifest.get("format") != FORMAT:
        raise BackupError(
            f"{path} has format {manifest.get('format')}; this site reads {FORMAT}"
        )
    wrong = [
        name
        for name in sorted({*found, *manifest["files"]})
        if found.get(name) != manifest["files"].get(name)
    ]
    if wrong:
        raise BackupError(f"{path} is damaged: {', '.join(wrong[:5])} differ")
    return manifest
