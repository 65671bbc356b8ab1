"""Unpacks a bundle, a zip of content files that somebody sent, within bounds."""

import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from models_catalog.files import format
from models_catalog.files.kinds import GROUPS

MAX_BYTES = 8 * 1024 * 1024
MAX_FILES = 2000
MAX_UNPACKED_BYTES = 32 * 1024 * 1024


# What operating systems put beside files.
_PASSED_OVER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
FOLDERS = {group.folder: name for name, group in GROUPS.items()}


class BundleError(Exception):
    """A zip that cannot be taken; the message is for people, a line for each fault."""


def unpacked_files(file):
    """Return {path: bytes} of the content files in a zip."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _files_of(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise BundleError(f"This is no zip that can be read: {error}") from None
    except (NotImplementedError, RuntimeError) as error:
        # A method of compression that Python does not have, or a password.
        raise BundleError(f"This zip cannot be unpacked: {error}") from None


def _files_of(archive):
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES:
        raise BundleError(
            f"A bundle holds at most {MAX_FILES} files, not {len(entries)}"
        )
    found, unpacked = {}, 0
    for path, entry in _places_of(entries).items():
        found[path] = _bytes_of(archive, entry)
        unpacked += len(found[path])
        if unpacked > MAX_UNPACKED_BYTES:
            raise BundleError(
                f"A bundle unpacks to at most {MAX_UNPACKED_BYTES} bytes; this is more"
            )
    if not found:
        raise BundleError("There is no content file in the bundle")
    return found


def _places_of(entries):
    """Return {path: entry}; BundleError for all that belong nowhere, or are twice."""
    found, faults = {}, []
    for entry in entries:
        if any(mark in entry.filename for mark in _PASSED_OVER):
            continue
        try:
            path = _path_of(entry)
        except BundleError as error:
            faults.append(str(error))
            continue
        if path in found:
            faults.append(f"{path} is in the bundle twice")
        found[path] = entry
    if faults:
        raise BundleError("\n".join(faults))
    return found


def _path_of(entry):
    """Return where a file of a bundle belongs; BundleError if that is nowhere."""
    name = entry.filename
    path = PurePosixPath(name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BundleError(f"{name} is a link; a bundle holds files alone")
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise BundleError(f"{name!r} leads out of the bundle")
    if path.parts[0] not in FOLDERS and len(path.parts) > 2:
        path = PurePosixPath(*path.parts[1:])  # zipped with the folder around it
    as_file = len(path.parts) == 2 and path.suffix == ".md"
    as_server = len(path.parts) == 3 and path.parts[::2] == ("servers", "catalog.md")
    if path.parts[0] not in FOLDERS or not (as_file or as_server):
        folders = ", ".join(FOLDERS)
        raise BundleError(f"{name} is no content file: *.md in one of {folders}")
    return path


def _bytes_of(archive, entry):
    """Unpack one file, no further than a page may be long."""
    with archive.open(entry) as packed:
        data = packed.read(format.MAX_BYTES + 1)
    if len(data) > format.MAX_BYTES:
        raise BundleError(
            f"{entry.filename} must be at most {format.MAX_BYTES} bytes; it is more"
        )
    return data
