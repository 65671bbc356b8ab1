"""What the Gunicorn drivers share: the command, the application, common settings."""

from dataclasses import asdict
from typing import Any

from labs.bench.contracts.driver import Driver
from labs.bench.contracts.endpoint import Endpoint


class GunicornDriver(Driver):
    """A Gunicorn with one class of workers, which worker.conf in the folder chooses."""

    operations = frozenset({"ping", "wait", "cpu", "bytes"})
    binary = "/usr/bin/gunicorn"
    package = "gunicorn"
    version_arguments = ("--version",)
    version_pattern = r"version (\d+\.\d+(?:\.\d+)?)"
    reload_signal = "SIGHUP"

    def files(self, knobs: Any, endpoint: Endpoint) -> dict[str, str]:
        values = asdict(knobs) | asdict(endpoint)
        worker = self.template("worker.conf", **values)
        return {
            "gunicorn.conf.py": worker + self.template("../_gunicorn.conf", **values),
            "app.py": (self.folder / "../_wsgi_app.py").read_text(),
        }

    def command(self, knobs: Any, endpoint: Endpoint) -> list[str]:
        return [self.binary, "--config", "/lab/gunicorn.conf.py"]
