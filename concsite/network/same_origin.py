"""Lets only the site's own pages open its WebSockets.

A browser sends cookies with a socket that any page opens, and asks nobody before; what
it adds is the page's origin. Channels' AllowedHostsOriginValidator compares host names
alone, and so trusts every port of the machine and pages without encryption.
"""

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

_DEFAULT_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int]  # scheme, host, port


class SameOrigin:
    """Refuses the handshake unless scheme, host and port are those of the site."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one socket."""
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin1")
        origin = headers.get(b"origin", b"").decode("latin1")
        allowed = is_same_origin(origin, host)
        await (self._application if allowed else WebsocketDenier())(
            scope, receive, send
        )


def is_same_origin(origin: str, host: str) -> bool:
    """Say whether a page of this origin is one of the site that answers to `host`."""
    name, _ = split_domain_port(host)
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        return False
    # With HTTPS the site answers nothing without; a proxy in front speaks it.
    scheme = "https" if settings.HTTPS else "http"
    ours = _parts(f"{scheme}://{host}")
    return ours is not None and _parts(origin) == ours


def _parts(origin: str) -> Origin | None:
    try:
        found = urlsplit(origin)
        port = found.port or _DEFAULT_PORTS[found.scheme]
    except (ValueError, KeyError):
        return None
    # An origin is these three and nothing else (RFC 6454, 6.2).
    bare = f"{found.scheme}://{found.netloc}" == origin and "@" not in origin
    return (found.scheme, found.hostname, port) if found.hostname and bare else None
