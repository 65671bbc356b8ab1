"""Opens sockets to runs as a browser does, through the whole of the site's stack."""

import json
from contextlib import asynccontextmanager

from channels.layers import InMemoryChannelLayer
from channels.testing import WebsocketCommunicator
from django.conf import settings

from concsite import asgi
from labs.execution import recorder
from tests.labs import runs

HERE = "http://127.0.0.1:8000"


class BusyLayer(InMemoryChannelLayer):
    """Lets something happen in the very moment in which somebody joins a group."""

    meanwhile = None

    async def group_add(self, group, channel):
        await super().group_add(group, channel)
        if self.meanwhile is not None:
            await self.meanwhile()


LAYERS = {"default": {"BACKEND": f"{__name__}.BusyLayer"}}


def socket_to(address, client=None, origin=HERE):
    headers = [(b"host", b"127.0.0.1:8000")]
    if origin:
        headers.append((b"origin", origin.encode()))
    if client is not None:
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"sessionid={cookie}".encode()))
    socket = WebsocketCommunicator(asgi._router, address, headers)
    socket.scope["client"] = ("127.0.0.1", 50000)
    return socket


@asynccontextmanager
async def watching(run, client=None):
    """Open a socket to a run; close it when done."""
    socket = socket_to(f"/ws/runs/{getattr(run, 'pk', run)}/", client)
    accepted, _ = await socket.connect(runs.WAIT_S)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect(timeout=runs.WAIT_S)


async def frames_of(socket, number):
    return [json.loads(await socket.receive_from(runs.WAIT_S)) for _ in range(number)]


async def close_code(socket):
    while True:
        message = await socket.receive_output(runs.WAIT_S)
        if message["type"] == "websocket.close":
            return message["code"]


def writer_of(run):
    return recorder.Recorder(run.pk, runs.TOKEN, run.last_seq)
