"""Writes the catalog as one zip of content files, and reads such a zip into pages.

A zip comes from outside: its size, its names and what it says of itself are not
believed. What is wrong with it is a BundleError, or a ContentError with file and line.
"""

import tempfile
import zipfile
from functools import partial

from models_catalog.files import reader
from models_catalog.sync import incoming, sync
from models_catalog.sync.zip_reader import FOLDERS, unpacked_files


def write(file):
    """Write the zip of all content files into a binary file; return their number."""
    with tempfile.TemporaryDirectory() as folder:
        paths = sync.export(folder)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(paths):
                archive.write(path, path.relative_to(folder).as_posix())
    return len(paths)


def read(file):
    """Return the Content of a zip; BundleError or ContentError for what is wrong.

    Its pages may name pages that are rows only: a bundle can be a part of the catalog.
    """
    pages, faults = reader.gather(
        (FOLDERS[path.parts[0]], path, partial(bytes, data))
        for path, data in unpacked_files(file).items()
    )
    return incoming.checked(pages, faults)
