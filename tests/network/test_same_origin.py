"""A page may open the site's sockets only if scheme, host and port are the site's."""

import pytest

from concsite.network.same_origin import is_same_origin


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "lab.example", "[::1]"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://lab.example", "lab.example"),
        ("http://lab.example", "lab.example:80"),
        ("http://LAB.example", "lab.example"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_the_sites_own_pages_are_let_in(origin, host):
    assert is_same_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:9000", "127.0.0.1:8000"),
        ("https://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.0.0.1", "127.0.0.1:8000"),
        ("http://lab.example", "127.0.0.1:80"),
        ("http://evil.example", "evil.example"),
        ("http://lab.example@evil.example", "lab.example"),
        ("http://lab.example/", "lab.example"),
        ("ws://lab.example", "lab.example"),
        ("http://lab.example:x", "lab.example"),
        ("http://[::1", "[::1]"),
        ("null", "lab.example"),
        ("", "lab.example"),
        ("http://lab.example", ""),
    ],
)
def test_no_other_is(origin, host):
    assert not is_same_origin(origin, host)


def test_behind_https_only_encrypted_pages_are(settings):
    settings.HTTPS = True
    assert is_same_origin("https://lab.example", "lab.example")
    assert not is_same_origin("http://lab.example", "lab.example")
