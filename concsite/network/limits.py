"""What clients may take of the site: connections, time and bytes. The numbers are here.

docs/deployment.md lists them for operators, and a test compares the two.
`CONCSITE_LIMITS="head_s=20 max_connections=500"` changes any of them.
"""

from __future__ import annotations

import re
import resource
from dataclasses import dataclass, fields, replace
from typing import Any

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The numbers as they are meant; `fitted_to` fits them to the open files there are.

    A class room is often one address: 40 people with six connections each and a few
    WebSockets are 400.
    """

    max_connections: int = 4000
    max_connections_per_address: int = 1000
    max_requests_at_work: int = 32  # more threads than that only wait for each other
    head_s: float = 10  # for a whole request head, however many pieces it comes in
    keep_alive_s: float = 30  # between two requests
    # Bodies and answers: after the grace time so many bytes a second in the mean.
    grace_s: float = 30
    min_bytes_per_s: float = 500
    body_s: float = 600  # for a whole body, whatever its rate
    linger_s: float = 5  # for a refused client to read why
    shutdown_s: float = 5  # from SIGTERM to the end of the process
    max_form_bytes: int = 16 * KIB
    # A page's text may have 1 MiB, and a form may write three characters for a byte.
    max_admin_bytes: int = 4 * MIB
    max_picture_bytes: int = 3 * MIB
    max_bundle_bytes: int = 9 * MIB  # of which models_catalog takes 8 MiB of file

    @classmethod
    def parse(cls, words: str) -> Limits:
        """Return the limits with those changed that `name=number` words name."""
        kinds = {
            field.name: int if field.type == "int" else float for field in fields(cls)
        }
        changed: dict[str, Any] = {}
        for word in words.split():
            name, _, number = word.partition("=")
            if name not in kinds:
                raise ValueError(
                    f"CONCSITE_LIMITS: {name} is none of {', '.join(kinds)}"
                )
            changed[name] = kinds[name](number)
        return replace(cls(), **changed)

    def fitted_to(self, files: int) -> Limits:
        """Return limits under which a process with so many open files never lacks one.

        The dispatcher, its runner and the log have _RESERVED_FILES, and each request at
        work _FILES_A_REQUEST: three of SQLite's, and an upload's.
        """
        at_work = max(1, min(self.max_requests_at_work, files // 16))
        left = max(2, files - _RESERVED_FILES - at_work * _FILES_A_REQUEST)
        connections = min(self.max_connections, left)
        return replace(
            self,
            max_requests_at_work=at_work,
            max_connections=connections,
            # Half of them, so that one address never has all.
            max_connections_per_address=min(
                self.max_connections_per_address, connections // 2
            ),
        )


_RESERVED_FILES = 64
_FILES_A_REQUEST = 4
# Bodies up to this size wait in memory, others in a file.
MAX_BYTES_IN_MEMORY = MIB

# The first that matches decides.
_BODIES = (
    (r"/admin/catalog/pictures/", "max_picture_bytes"),
    (r"/admin/catalog/bundle/", "max_bundle_bytes"),
    (r"/admin/\w+/\w+/(import|process_import)/", "max_bundle_bytes"),
    (r"/admin/login/", "max_form_bytes"),
    (r"/admin/.*", "max_admin_bytes"),
    (r".*", "max_form_bytes"),
)
_COMPILED = [(re.compile(pattern), name) for pattern, name in _BODIES]


def max_body_bytes(limits: Limits, path: str) -> int:
    """Return how long a body sent to this address may be."""
    name = next(name for pattern, name in _COMPILED if pattern.fullmatch(path))
    return getattr(limits, name)


def raise_open_files() -> None:
    """Raise the bound on open files as far as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def open_files() -> int:
    """Return how many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else soft
