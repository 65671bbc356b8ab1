"""The contract of a driver: how one reference server is configured and started.

A driver says what is particular to its server. Launching, readiness, the stop ladder
and observation are the same for all and live in `bench.sandbox`, `run.execute` and
`observer.observer`. A driver never starts a process and never opens a socket.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, ClassVar

from labs.bench.contracts.endpoint import Endpoint
from labs.bench.contracts.needs import Needs

LAB_DIR = "/lab"  # read-only inputs inside the sandbox
RUN_DIR = "/box"  # the server's writable directory inside the sandbox


@dataclass(frozen=True)
class Signature:
    """What a concurrency model looks like from outside, with given knobs.

    `processes` and `threads` are the least and the most there are in all while no
    client is there. Each idle thread stands in one of `idle_in`. A slow client makes
    one task more stand in one of `slow_in`, and adds one to what `grows` names
    ("processes", "threads"); both are empty where a connection belongs to no task.
    """

    processes: tuple[int, int]
    threads: tuple[int, int]
    idle_in: frozenset[str]
    slow_in: frozenset[str] = frozenset()
    grows: str = ""


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
    # Other programs of the lab root that it starts. The command may begin with one.
    helpers: ClassVar[tuple[str, ...]] = ()
    # A program that no lab root holds: its name in LABS_HOME/bin or on the PATH. It is
    # bound into the sandbox as `binary`, which must then be below /run.
    from_host: ClassVar[str] = ""
    how_to_get: ClassVar[str] = ""  # a sentence for people, where from_host is given
    version_arguments: ClassVar[tuple[str, ...]] = ("-v",)
    version_pattern: ClassVar[str] = r"(\d+\.\d+(?:\.\d+)?)"
    # System calls in which a worker stands while a connection occupies it. Empty where
    # no worker belongs to a connection (event-driven).
    busy_in: ClassVar[frozenset[str]] = frozenset()
    # What a system call means here, where it is not what it means elsewhere
    # (`observer.syscall_meanings`): name of the call -> one of the words there.
    meanings: ClassVar[Mapping[str, str]] = {}
    # Why an operation is not in `operations`, or why there is no graceful restart
    # ("reload") or a knob: its name -> a sentence for people.
    not_applicable: ClassVar[Mapping[str, str]] = {}
    worker_noun: ClassVar[str] = "worker"  # "process", "thread": for sentences
    # The signal to the started process that makes it restart gracefully: it goes on
    # answering while it begins anew with its configuration. Empty: `not_applicable`
    # says why under "reload".
    reload_signal: ClassVar[str] = ""  # as in the module `signal`: "SIGHUP"

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

    @abstractmethod
    def signature(self, knobs: Any) -> Signature:
        """Return what is seen from outside; a contract test holds the server to it."""

    def needs(self, knobs: Any) -> Needs:
        """Return what the server needs beyond the sandbox's default limits."""
        return Needs()
