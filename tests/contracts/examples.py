"""The examples of the documentation, as files: what is printed there must work."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
# A line that names a file, and the block of code below it.
_FILE = re.compile(r"^`(labs/[^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def write(document: str, folder: Path) -> list[Path]:
    """Write every file that a document shows below `folder`; return their paths."""
    paths = []
    for name, text in _FILE.findall((DOCS / document).read_text()):
        paths.append(folder / name)
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_text(text)
    return paths
