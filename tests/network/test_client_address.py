"""The address of a client behind proxies, and of one that only pretends to be."""

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from concsite.network.client_address import (
    TrueClientAddress,
    TrueClientAddressWsgi,
    networks,
    true_address,
)

PROXIES = tuple(networks("10.0.0.0/8, 127.0.0.1, 2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # nobody trusts the sender
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        (
            "10.0.0.1",
            "203.0.113.9, 198.51.100.7",
            "198.51.100.7",
        ),  # the first is made up
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:1234", "198.51.100.7"),
        ("10.0.0.1", "[2001:db9::7]:1234", "2001:db9::7"),
        ("10.0.0.1", "2001:db9::7", "2001:db9::7"),
        ("2001:db8::1", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("/run/socket", "198.51.100.7", "/run/socket"),
        ("10.0.0.1", "198.51.100.7," + "10.0.0.2," * 5000 + "10.0.0.2", "10.0.0.2"),
    ],
)
def test_proxies_are_believed_as_far_as_they_are_trusted(peer, forwarded, address):
    assert true_address(peer, forwarded, PROXIES) == address


def test_a_network_that_is_none_is_named():
    with pytest.raises(ValueError, match="somewhere"):
        networks("10.0.0.0/8, somewhere")


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_all_that_comes_after_sees_one_address(kind):
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"])

    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"192.0.2.1")]
    scope = {"type": kind, "client": ["127.0.0.1", 50000], "headers": headers}
    await TrueClientAddress(application, PROXIES)(scope, None, None)
    await TrueClientAddress(application, ())(scope, None, None)
    assert seen == [["192.0.2.1", 0], ["127.0.0.1", 50000]]


def test_django_calls_it_the_remote_address():
    scope = {"type": "http", "client": ["192.0.2.1", 0], "path": "/", "method": "GET"}
    request = ASGIRequest(scope | {"headers": []}, None)
    assert request.META["REMOTE_ADDR"] == "192.0.2.1"


def test_under_wsgi_too():
    seen = []
    wsgi = TrueClientAddressWsgi(lambda environ, _: seen.append(environ), PROXIES)
    environ = RequestFactory(HTTP_X_FORWARDED_FOR="192.0.2.1")._base_environ()
    wsgi(environ, None)
    assert seen[0]["REMOTE_ADDR"] == "192.0.2.1"
