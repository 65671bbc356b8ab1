"""Teaching servers for tests that have a `slug`."""

import pytest

from tests.contracts.teaching import Server


@pytest.fixture
def start(slug, tmp_path):
    started = []

    def start(**settings: int) -> Server:
        started.append(Server(slug, tmp_path, **settings))
        return started[-1]

    yield start
    for server in started:
        server.end()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Servers with default settings, each started when it is first asked for."""
    servers = {}

    def running(slug: str) -> Server:
        if slug not in servers:
            servers[slug] = Server(slug, tmp_path_factory.mktemp(slug))
        return servers[slug]

    yield running
    for server in servers.values():
        server.end()


@pytest.fixture
def server(slug, running):
    yield running(slug)
    running(slug).leave()
