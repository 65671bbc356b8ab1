"""What Daphne's WebSockets add: floods end, slow readers wait, the end is announced."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from benchmarks.socket_clients import handshake
from tests.site import Site

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("websockets")]
WAIT_S = 30  # a safety net, nothing is timed by it
RUN = """
from tests.labs import runs
print(runs.told([runs.log("x" * 20_000) for _ in range({events})]).pk)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.wait_for_address()
    yield site
    site.end()


@asynccontextmanager
async def opened(site, run, limit=2**16):
    """Open a socket to a run of a real site; yield what reads and what writes."""
    host = urlsplit(site.wait_for_address()).netloc
    name, port = host.split(":")
    reader, writer = await asyncio.open_connection(name, int(port), limit=limit)
    writer.write(handshake(host, f"/ws/runs/{run}/"))
    assert b" 101 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT_S)
    yield reader, writer
    writer.transport.abort()


def masked(opcode, data=b""):
    """Return a client's frame whose mask changes nothing."""
    return bytes((0x80 | opcode, 0x80 | len(data), 0, 0, 0, 0)) + data


async def frame(reader):
    """Return the next frame: its opcode and its data."""
    async with asyncio.timeout(WAIT_S):
        first, size = await reader.readexactly(2)
        if size > 125:
            more = await reader.readexactly(2 if size == 126 else 8)
            size = int.from_bytes(more, "big")
        return first & 0x0F, await reader.readexactly(size)


async def close_code(reader):
    while True:
        opcode, data = await frame(reader)
        if opcode == 8:
            return int.from_bytes(data[:2], "big")


def make_run(site, events):
    return site.manage(
        "shell", "--no-imports", "-c", RUN.format(events=events)
    ).split()[-1]


@pytest.fixture(scope="module")
def run(site):
    return make_run(site, 2)


@pytest.mark.parametrize("opcode", [1, 9, 10], ids=["text", "ping", "pong"])
async def test_a_flood_of_any_kind_is_cut_off(site, run, opcode):
    async with opened(site, run) as (reader, writer):
        await frame(reader)
        writer.write(masked(opcode, b"{}") * 20_000)
        opcodes = []
        while 8 not in opcodes:
            opcode, data = await frame(reader)
            opcodes.append(opcode)
        assert int.from_bytes(data[:2], "big") in (4400, 4429)
        assert len(opcodes) < 100


async def test_what_a_browser_sends_is_no_flood(site, run):
    async with opened(site, run) as (reader, writer):
        await frame(reader)
        for _ in range(10):
            writer.write(masked(1, b'{"type":"ping"}') + masked(10))
            assert await frame(reader) == (1, b'{"type":"pong"}')


async def test_who_never_reads_does_not_fill_memory(site):
    run = make_run(site, 300)  # 6 MB of events
    async with opened(site, run) as (reader, writer):
        await frame(reader)
        before = memory_bytes(site)
        for _ in range(18):
            writer.write(masked(1, b'{"type":"resume","after":0}'))
        await asyncio.sleep(3)
        assert memory_bytes(site) - before < 50_000_000
        # Reading on, it gets what it has asked for first, whole.
        assert b'"seq":1,' in (await frame(reader))[1]


def memory_bytes(site):
    with open(f"/proc/{site.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_the_end_of_the_site_is_told(site, run):
    """The last of these tests: the site they share ends here."""
    async with opened(site, run) as (reader, _):
        await frame(reader)
        site.process.send_signal(signal.SIGTERM)
        assert await close_code(reader) == 1012
