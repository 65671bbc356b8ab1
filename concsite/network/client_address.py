"""Whose address a request has: its sender's, or that which a trusted proxy passes on.

Behind a proxy every connection comes from the proxy. It adds the address that it saw to
the end of X-Forwarded-For; what stands before that is whatever its client wrote. So the
list is read from its end, for as long as those who wrote it are trusted. For all that
comes after this, HTTP and WebSocket, there is one address: `scope["client"]`, of which
Django makes REMOTE_ADDR.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
_HEADER = b"x-forwarded-for"
MAX_PROXIES = 10  # in a row; more is nobody's set-up


def networks(words: str) -> list[Network]:
    """Read networks with commas in between; ValueError names the one that is none."""
    return [ip_network(word.strip()) for word in words.split(",") if word.strip()]


class TrueClientAddress:
    """Sets the client's address before anything else looks at it."""

    def __init__(self, application: Any, trusted: Iterable[Network]) -> None:
        self._application = application
        self._trusted = tuple(trusted)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one connection."""
        if self._trusted and scope.get("client"):
            peer, port = scope["client"]
            address = true_address(peer, _forwarded(scope), self._trusted)
            if address != peer:
                # The port is the proxy's; the client's is not known.
                scope = scope | {"client": [address, 0]}
        await self._application(scope, receive, send)


class TrueClientAddressWsgi:
    """The same for `concsite.wsgi`."""

    def __init__(self, application: Any, trusted: Iterable[Network]) -> None:
        self._application = application
        self._trusted = tuple(trusted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer one request."""
        peer, forwarded = (
            environ.get(name, "") for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR")
        )
        environ["REMOTE_ADDR"] = true_address(peer, forwarded, self._trusted)
        return self._application(environ, start_response)


def true_address(peer: str, forwarded: str, trusted: tuple[Network, ...]) -> str:
    """Return the address that the last trusted of the proxies has seen."""
    found = peer
    for word in reversed(forwarded.split(",")[-MAX_PROXIES:]):
        if not _is_trusted(found, trusted):
            break
        try:
            found = str(ip_address(_without_port(word.strip())))
        except ValueError:  # "unknown", or nonsense: the proxy is all that is known
            break
    return found


def _forwarded(scope: dict[str, Any]) -> str:
    """Return all headers of the name as the one list that they are."""
    found = [value for name, value in scope["headers"] if name == _HEADER]
    return b",".join(found).decode("latin1")


def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)  # an IPv4 client of an IPv6 socket
    return any((mapped or found) in network for network in trusted)


def _without_port(word: str) -> str:
    """Leave out the port that some proxies add: 192.0.2.1:1234, [2001:db8::1]:1234."""
    if word.startswith("["):
        return word[1:].partition("]")[0]
    return word.partition(":")[0] if word.count(":") == 1 else word
