"""The contract of a driver: how one reference server is configured and started.

A driver says what is particular to its server. Launching, readiness, the stop ladder
and observation are the same for all and live in `bench.sandbox`, `bench.run` and
`bench.observe`. A driver never starts a process and never opens a socket.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, ClassVar

from labs.bench.sandbox.endpoint import Endpoint

LAB_DIR = "/lab"  # read-only inputs inside the sandbox
RUN_DIR = "/box"  # the server's writable directory inside the sandbox


@dataclass(frozen=True)
class Needs:
    """What a server needs beyond the sandbox's defaults."""

    open_files: int = 1024
    processes: int = 128  # processes and threads together
    address_space_bytes: int | None = None  # None: the sandbox's default


class Driver(ABC):
    """One reference server. `slug` is set from the folder's name."""

    slug: ClassVar[str] = ""
    name: ClassVar[str]
    concurrency_model: ClassVar[str]  # slug in the catalog
    protocol: ClassVar[str] = "http1"
    operations: ClassVar[frozenset[str]] = frozenset({"ping"})
    Knobs: ClassVar[type]
    binary: ClassVar[str]  # absolute path inside the lab root
    package: ClassVar[str] = ""  # where people get it: a Debian package's name
    version_arguments: ClassVar[tuple[str, ...]] = ("-v",)
    version_pattern: ClassVar[str] = r"(\d+\.\d+(?:\.\d+)?)"
    # System calls in which a worker stands while a connection occupies it. Empty where
    # no worker belongs to a connection (event-driven).
    busy_in: ClassVar[frozenset[str]] = frozenset()
    worker_noun: ClassVar[str] = "worker"  # "process", "thread": for sentences

    @property
    def folder(self) -> Path:
        """The plug-in's own folder."""
        return Path(inspect.getfile(type(self))).parent

    def template(self, name: str, **values: Any) -> str:
        """Render a configuration template of the folder ($name placeholders).

        Raises KeyError for a placeholder without a value.
        """
        return Template((self.folder / name).read_text()).substitute(values)

    @abstractmethod
    def files(self, knobs: Any, endpoint: Endpoint) -> dict[str, str]:
        """Return the files to put, read-only, under /lab: relative name -> text.

        The first is the one that the server's page shows as its configuration.
        """

    @abstractmethod
    def command(self, knobs: Any, endpoint: Endpoint) -> list[str]:
        """Return the command, with absolute paths as seen inside the sandbox.

        It must stay in the foreground and log to its standard error.
        """

    def environment(self, knobs: Any) -> dict[str, str]:
        """Return variables the server needs beside PATH, LANG, HOME and TMPDIR."""
        return {}

    def worker_slots(self, knobs: Any) -> int | None:
        """Return how many connections can be served at once by the model's own limit.

        None where no worker belongs to a connection.
        """
        return None

    def needs(self, knobs: Any) -> Needs:
        """Return what the server needs beyond the sandbox's default limits."""
        return Needs()
