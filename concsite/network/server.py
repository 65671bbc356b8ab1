"""Daphne, with bounds for its connections and an order in which it ends.

Importing this takes over the event loop, as Daphne does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import daphne.server
from twisted.internet import defer, reactor

from concsite.client_address import Network, true_address
from concsite.network import request_log
from concsite.network.connections import ConnectionFactory, Phase
from concsite.network.http import SiteHTTPFactory, SiteRequest
from concsite.network.limits import Limits
from concsite.websockets import LiveServer

logger = logging.getLogger(__name__)
# Of shutdown_s: for requests under way, and for what runs beside the pages.
_ANSWERS_SHARE, _SETTLED_SHARE = 0.4, 0.6
_LOOK_S = 0.02
_ARRIVES_S = 1.0
_GOODBYE_S = 0.5


class SiteServer(LiveServer):
    """`settle` is awaited when the site ends: it ends what runs beside the pages."""

    _factory: ConnectionFactory  # from `run` on

    def __init__(
        self,
        *arguments: Any,
        limits: Limits,
        trusted: Sequence[Network] = (),
        settle: Callable[[], Awaitable[None]],
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._trusted = tuple(trusted)
        self._settle = settle
        self._limits = limits
        self._ports: list[Any] = []
        # Daphne makes the factory itself, of the name in its module.
        daphne.server.HTTPFactory = self._make_factory

    def _make_factory(self, server: SiteServer) -> ConnectionFactory:
        http = SiteHTTPFactory(server)
        self._factory = ConnectionFactory(http, self._limits, self._trusted, reactor)
        return self._factory

    def listen_success(self, port: Any) -> None:
        """Remember the port, to close it first when the site ends."""
        super().listen_success(port)
        self._ports.append(port)

    # --- requests --------------------------------------------------------------------

    def id_of(self, request: SiteRequest) -> str:
        """Return a trusted proxy's id for a request, else one of ours."""
        word = (request.getHeader(b"X-Request-ID") or b"").decode("latin-1")
        is_proxy = request.channel.connection.is_from_proxy
        return word if is_proxy and request_log.is_id(word) else request.request_id

    def client_of(self, request: SiteRequest) -> str:
        """Return the address that the log names."""
        words = request.requestHeaders.getRawHeaders(b"X-Forwarded-For") or []
        forwarded = b",".join(words).decode("latin-1")
        return true_address(
            getattr(request.client, "host", ""), forwarded, self._trusted
        )

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Start to answer a request, with its id in the scope."""
        scope["request_id"] = getattr(protocol, "request_id", request_log.new_id())
        return super().create_application(protocol, scope)

    def reply(self, request: SiteRequest, status: int, body: bytes) -> None:
        """Answer a request in the application's place."""
        if request.channel is None:
            return  # the client has gone
        if request._response_started:
            request.loseConnection()
            return
        headers = [(b"Content-Type", b"text/html; charset=utf-8")]
        headers.append((b"Content-Length", b"%d" % len(body)))
        if status == 503:
            headers += [(b"Connection", b"close"), (b"Retry-After", b"5")]
            request.channel.persistent = False
        start = {"type": "http.response.start", "status": status, "headers": headers}
        request.handle_reply(start)
        request.handle_reply({"type": "http.response.body", "body": body})

    # --- the end ---------------------------------------------------------------------

    def kill_all_applications(self) -> defer.Deferred[None]:
        """Let everything end: Twisted calls this first and waits for what it returns.

        Whatever clients and threads do, the process is over after `shutdown_s`.
        """
        end = threading.Timer(self._limits.shutdown_s - 0.2, os._exit, [0])
        end.daemon = True  # or the interpreter would wait for it
        end.start()
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        began_s = time.monotonic()
        self._factory.is_closing = True
        for port in self._ports:
            port.stopListening()
        self._close_waiting()
        settled = asyncio.ensure_future(self._settle())
        await self._until_answered(began_s + self._limits.shutdown_s * _ANSWERS_SHARE)
        await _wait_for(settled, began_s + self._limits.shutdown_s * _SETTLED_SHARE)
        await self._close_sockets()
        await self._cut_off()

    def _close_waiting(self) -> None:
        """Close connections on which no request is under way.

        A head or a body that began a moment ago may be about to arrive, and is refused.
        """
        since_s = self._factory.now_s() - _ARRIVES_S
        for connection in tuple(self._factory.protocols):
            if connection.phase is Phase.IDLE:
                connection.loseConnection()
            elif connection.phase is not Phase.WORK and connection.since_s < since_s:
                connection.close_now()

    def _open(self) -> tuple[list[SiteRequest], list[Any]]:
        """Return the requests that are under way, and the WebSockets."""
        opened = [
            protocol
            for protocol, details in self.connections.items()
            if "disconnected" not in details
        ]
        requests = [each for each in opened if isinstance(each, SiteRequest)]
        return requests, [each for each in opened if each not in requests]

    async def _until_answered(self, until_s: float) -> None:
        """Wait for requests under way; refuse those that take longer."""
        while self._open()[0] and time.monotonic() < until_s:
            await asyncio.sleep(_LOOK_S)
        for request in self._open()[0]:
            if request.channel.connection.phase is Phase.WORK:
                request.basic_error(503, b"", "The site is being restarted.")
            else:
                request.channel.refuse(503, "The site is being restarted.")

    async def _close_sockets(self) -> None:
        """Tell watching pages that the site restarts: they come back by themselves."""
        for socket in self._open()[1]:
            socket.shut_down()
        until_s = time.monotonic() + _GOODBYE_S  # for their answers
        while self._open()[1] and time.monotonic() < until_s:
            await asyncio.sleep(_LOOK_S)

    async def _cut_off(self) -> None:
        """Close what is open, and end what still answers it."""
        for connection in tuple(self._factory.protocols):
            connection.transport.loseConnection()
        await asyncio.sleep(_LOOK_S)
        for connection in tuple(self._factory.protocols):
            connection.close_now()
        every = [each.get("application_instance") for each in self.connections.values()]
        under_way = [application for application in every if application]
        for application in under_way:
            application.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=_GOODBYE_S)


async def _wait_for(settled: asyncio.Future[None], until_s: float) -> None:
    """Wait until what runs beside the pages has ended, and log what went wrong."""
    await asyncio.wait([settled], timeout=max(0, until_s - time.monotonic()))
    if not settled.done():
        logger.warning("What runs beside the pages has not ended in time")
    elif error := settled.exception():
        logger.error("What runs beside the pages met a fault", exc_info=error)
