"""What a supervisor or a load balancer asks: /healthz and /readyz.

They are answered before Django, so that they need no session, no name of the site and
no HTTPS, and wait behind no other request.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from labs.execution import dispatcher, host_status

PATHS = ("/healthz", "/readyz")
_WITHIN_S = 2.0
_FRESH_S = 1.0  # so that nobody makes work by asking

_last: tuple[float, dict[str, str]] | None = None
_is_migrated = False


async def answer(scope: dict[str, Any], send: Any) -> None:
    """Answer one of PATHS: 200, or 503 with the reason."""
    faults = {} if scope["path"] == "/healthz" else await _faults()
    document: dict[str, Any] = {"ok": not faults, "faults": faults}
    if scope["path"] == "/readyz":
        status = host_status.labs_status()
        document["labs"] = {"enabled": status.enabled, "level": status.level}
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    status_code = 503 if faults else 200
    await send(
        {"type": "http.response.start", "status": status_code, "headers": headers}
    )
    body = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": body})


async def _faults() -> dict[str, str]:
    """Return what keeps the site from serving, looked at once a second at most."""
    global _last
    now_s = asyncio.get_running_loop().time()
    if _last is None or not 0 <= now_s - _last[0] < _FRESH_S:
        _last = now_s, await _look()
    return _last[1]


async def _look() -> dict[str, str]:
    faults = {}
    if not dispatcher.is_alive():
        faults["dispatcher"] = "It has ended: no run starts"
    look = sync_to_async(_database_fault, thread_sensitive=False)
    try:
        fault = await asyncio.wait_for(look(), _WITHIN_S)
    except TimeoutError:
        fault = f"No answer within {_WITHIN_S:g} s"
    if fault:
        faults["database"] = fault
    return faults


def _database_fault() -> str:
    global _is_migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _is_migrated:
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            _is_migrated = not plan
    except Exception as error:  # whatever it is, this answer must come
        return f"{type(error).__name__}"
    finally:
        connection.close()
    return "" if _is_migrated else "Migrations are missing"
