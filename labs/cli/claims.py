"""`lab claims`: puts the claims of the catalog to the test and prints the table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    ids: tuple = ()
    again: bool = False
    only_list: bool = False
    json_to: str = ""


def claims(asked: Asked, folder: Path) -> int:
    raise NotImplementedError
