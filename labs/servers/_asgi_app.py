"""The application, as ASGI has it: a coroutine, called once for a request.

All of them run on the one thread of the event loop. One that awaits lets the others go
on; one that computes, or blocks, stops them all, and Daphne's own work with them.
"""

import asyncio
import runpy
import time
from urllib.parse import parse_qs

MAX_MS = 60_000
MAX_BYTES = 10_000_000


async def application(scope, receive, send):
    """Answer one request."""
    if scope["type"] != "http":
        raise ValueError("Only HTTP is spoken here")
    query = parse_qs(scope["query_string"].decode("latin-1"))
    try:
        status, body = await operate(scope["path"], query)
    except ValueError:
        status, body = 400, b""
    fields = [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def operate(path, query):
    """Do what is asked for; return (status, body). ValueError for a bad number."""
    if path == "/ping":
        return 200, b"pong\n"
    if path == "/wait":  # for something slow, such as a database: the loop goes on
        await asyncio.sleep(number(query, "ms", MAX_MS) / 1000)
        return 200, b"waited\n"
    if path == "/cpu":  # busy, and so is the whole loop
        until = time.monotonic() + number(query, "ms", MAX_MS) / 1000
        while time.monotonic() < until:
            pass
        return 200, b"worked\n"
    if path == "/bytes":
        return 200, b"x" * number(query, "n", MAX_BYTES)
    return 404, b""


def number(query, name, most):
    """Return a whole number of the query between 0 and `most`."""
    value = int(query.get(name, ["none"])[0])
    if not 0 <= value <= most:
        raise ValueError(f"{name} must be between 0 and {most}")
    return value


if __name__ == "__main__":
    # Daphne's own command line, run from here so that it finds this file.
    runpy.run_module("daphne", run_name="__main__")
