"""HTTP on a connection: what Twisted and Daphne leave open is bounded here.

A body that is too long is refused by its declared length, before any of it is read, and
one without a length when it has become too long. Bodies are parsed by Django, in the
thread of their request, and not on the event loop as well.

Importing this takes over the event loop, as Daphne does.
"""

from __future__ import annotations

import logging
import tempfile
import time
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.web.http import HTTPChannel, Request

from concsite.network import request_log
from concsite.network.connections import Connection, Phase
from concsite.network.limits import MAX_BYTES_IN_MEMORY, max_body_bytes

logger = logging.getLogger(__name__)
_CLIENT_LEFT = 499  # NGINX's number for it, which no client ever sees
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} – Concsite</title></head>
<body><main><h1>{title}</h1><p>{sentence}</p><p>Request {request_id}</p></main></body>
</html>
"""


def page(status: int, sentence: str, request_id: str) -> bytes:
    """Return a page for what is answered without Django."""
    title = HTTPStatus(status).phrase
    return _PAGE.format(
        title=title, sentence=escape(sentence), request_id=request_id
    ).encode()


class BoundedBody(Request):
    """A request's body: `max_bytes` of it are taken."""

    channel: SiteChannel
    content: Any
    max_bytes = size = 0

    def gotLength(self, length: int | None) -> None:
        """Let the body wait in memory; in a file if it is long."""
        # Twisted closes it with the request.
        self.content = tempfile.SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115

    def handleContentChunk(self, data: bytes) -> None:
        """Take a piece of the body, unless it has become too long."""
        self.size += len(data)
        if self.size > self.max_bytes:
            self.channel.refuse_too_long(self.max_bytes)
        elif not self.channel.is_refused:
            super().handleContentChunk(data)


class SiteRequest(BoundedBody, WebRequest):
    """One request, from its first line to the line about it in the log."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # What a form says is read by Django alone.
        options["parsePOSTFormSubmission"] = False
        super().__init__(*arguments, **options)
        self.began_s = time.monotonic()
        self.request_id = request_log.new_id()
        self.client_name = ""

    def process(self) -> Any:
        """Answer it: by the application, unless the site is about to end."""
        self.began_s = time.monotonic()
        self.request_id = self.server.id_of(self)
        self.client_name = self.server.client_of(self)
        self.responseHeaders.setRawHeaders(b"X-Request-ID", [self.request_id.encode()])
        if self.channel.connection.factory.is_closing:
            self.basic_error(503, b"", "The site is being restarted.")
            return None
        return super().process()

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Answer without the application; Daphne calls this where that fails."""
        self.server.reply(self, status, page(status, body, self.request_id))

    def finish(self) -> None:
        """End the answer, and log it."""
        super().finish()
        self.log(self.code)

    def connectionLost(self, reason: Any) -> None:
        """Log a request whose client did not wait for the answer."""
        if not self.finished and self.path:
            self.log(_CLIENT_LEFT)
        super().connectionLost(reason)

    def log(self, status: int) -> None:
        """Write the line about this request."""
        request_log.answered(
            request_id=self.request_id,
            client=self.client_name,
            method=self.method.decode("latin-1"),
            path=(self.path or b"").decode("latin-1"),
            status=status,
            size=self.sentLength,
            duration_ms=(time.monotonic() - self.began_s) * 1000,
        )


class SiteChannel(HTTPChannel):
    """The HTTP of one connection; tells the connection what it waits for."""

    requestFactory = SiteRequest
    transport: Any  # the Connection
    is_refused = False

    @property
    def connection(self) -> Connection:
        """The connection it speaks over."""
        return self.transport

    def allHeadersReceived(self) -> None:
        """Refuse a body that is too long, or for which there is no room."""
        request, limits = self.requests[-1], self.connection.factory.limits
        path = unquote_to_bytes(self._path.partition(b"?")[0]).decode("latin-1")
        request.max_bytes = max_body_bytes(limits, path)
        if self.length is not None and self.length > request.max_bytes:
            self.refuse_too_long(request.max_bytes)
            return
        # Without a declared length it may become as long as the address allows.
        most = request.max_bytes if self.length is None else self.length
        if most > MAX_BYTES_IN_MEMORY and not self.connection.take_second_place():
            self.refuse(503, "Too many files are being uploaded. Try again soon.")
            return
        if self.length != 0:
            self.connection.enter(Phase.BODY)
        super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        """Read on, unless the request has been refused."""
        if not self.is_refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        """Let the site work."""
        if not self.is_refused:
            self.connection.enter(Phase.WORK)
            super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        """Wait for the next request."""
        self.connection.enter(Phase.IDLE)
        super().requestDone(request)

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """Tell whether the connection stays open after this request."""
        if self.connection.factory.is_closing:
            request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
            return False
        return super().checkPersistence(request, version)

    def refuse_too_long(self, most: int) -> None:
        """Refuse a body for its length."""
        self.refuse(413, f"What is sent to this address may have {most} bytes at most.")

    def refuse_late(self) -> None:
        """Refuse a request that has not arrived in time."""
        self.refuse(408, "The request did not arrive in time.")

    def refuse(self, status: int, sentence: str) -> None:
        """Answer a request that is not read to its end."""
        if self.is_refused:
            return
        self.is_refused = True
        request = self.requests[-1] if self.requests else None
        request_id = request.request_id if request else request_log.new_id()
        body = page(status, sentence, request_id)
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            f"X-Request-ID: {request_id}\r\nConnection: close\r\n"
            "Content-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._networkProducer.unregisterProducer()
        self.connection.refuse(head.encode() + body)
        request_log.answered(
            request_id=request_id,
            client=self.connection.getPeer().host,
            method=getattr(self, "_command", b"").decode("latin-1"),
            path=getattr(self, "_path", b"").partition(b"?")[0].decode("latin-1"),
            status=status,
            size=len(body),
            duration_ms=(time.monotonic() - request.began_s) * 1000 if request else 0,
        )


class SiteHTTPFactory(HTTPFactory):
    """Makes the HTTP of each connection. Deadlines are the connection's."""

    protocol = SiteChannel

    def buildProtocol(self, address: Any) -> SiteChannel:
        """Return the HTTP of a new connection."""
        channel = super().buildProtocol(address)
        channel.requestFactory = SiteRequest
        channel.timeOut = None
        return channel
