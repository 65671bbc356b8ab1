"""The application, as WSGI has it (PEP 3333): a function, called once for a request.

It blocks wherever it has to wait. What that costs is the affair of the server around
it: one process, one thread, or one greenlet that gevent sets aside.
"""

import time
from urllib.parse import parse_qs

MAX_MS = 60_000
MAX_BYTES = 10_000_000


def application(environ, start_response):
    """Answer one request."""
    query = parse_qs(environ["QUERY_STRING"])
    try:
        status, body = operate(environ["PATH_INFO"], query)
    except ValueError:
        status, body = "400 Bad Request", b""
    fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    start_response(status, fields)
    return [body]


def operate(path, query):
    """Do what is asked for; return (status, body). ValueError for a bad number."""
    if path == "/ping":
        return "200 OK", b"pong\n"
    if path == "/wait":  # blocked on something slow, such as a database
        time.sleep(number(query, "ms", MAX_MS) / 1000)
        return "200 OK", b"waited\n"
    if path == "/cpu":  # busy
        until = time.monotonic() + number(query, "ms", MAX_MS) / 1000
        while time.monotonic() < until:
            pass
        return "200 OK", b"worked\n"
    if path == "/bytes":
        return "200 OK", b"x" * number(query, "n", MAX_BYTES)
    return "404 Not Found", b""


def number(query, name, most):
    """Return a whole number of the query between 0 and `most`."""
    value = int(query.get(name, ["none"])[0])
    if not 0 <= value <= most:
        raise ValueError(f"{name} must be between 0 and {most}")
    return value
