"""What clients may send over a WebSocket is bounded; what the site sends is not.

Autobahn has one limit for both directions, and a snapshot of a run is soon longer than
anything a client has to say. Importing this takes over the event loop, as Daphne does.
"""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

SHUTTING_DOWN = 1012  # RFC 6455, 7.4


class LiveProtocol(WebSocketProtocol):
    """One connection. Its limit is for messages received."""

    def sendMessage(self, *arguments, **options):
        """Send a message of any length."""
        received, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(*arguments, **options)
        finally:
            self.maxMessagePayloadSize = received

    def shut_down(self):
        """Tell the client that the site is about to be started anew."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(SHUTTING_DOWN)


def install():
    """Let every connection that Daphne takes from now on be such a one."""
    WebSocketFactory.protocol = LiveProtocol
