"""Serves concsite/wsgi.py under Gunicorn: `script/server --wsgi`.

The site is loaded once, before the workers are made, so that they share its memory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from django.db import connections
from gunicorn.app.base import BaseApplication

# Gunicorn's own name for how many processes it makes. Without it there is one a core.
WORKERS = "WEB_CONCURRENCY"
_THREADS = 4  # of each process: one that waits for the database keeps nobody else


class Application(BaseApplication):
    """What Gunicorn runs."""

    def __init__(self, bind: str, ready: Callable[[tuple], None]) -> None:
        self._settings = _settings(bind, ready)
        super().__init__()

    def load_config(self) -> None:
        """Hand over the settings. Gunicorn asks again when it is told to reload."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return what answers requests."""
        from concsite.wsgi import application  # needs Django set up

        return application


def _settings(bind: str, ready: Callable[[tuple], None]) -> dict[str, Any]:
    def tell(worker: Any) -> None:
        if worker.age == 1:  # the first; it answers while it warms the site up
            address = worker.sockets[0].getsockname()
            threading.Thread(target=ready, args=(address,), daemon=True).start()

    settings = {
        "bind": bind,
        "worker_class": "gthread",
        "threads": _THREADS,
        "preload_app": True,
        "post_worker_init": tell,
        "loglevel": "warning",
        # Whom to believe that a request came by HTTPS is for Django's settings to say.
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
    }
    if WORKERS not in os.environ:
        settings["workers"] = len(os.sched_getaffinity(0))
    return settings


def serve(bind: str, ready: Callable[[tuple], None]) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code.

    `ready` is called once with the address (host, port), in a thread of a worker.
    """
    connections.close_all()  # none may be shared between processes
    try:
        Application(bind, ready).run()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
