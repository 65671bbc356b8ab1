"""Django's ASGI handler, with all that is synchronous of a request on one thread.

The site's views are synchronous. Django's own handler runs each middleware on the event
loop where it can and on a thread where it must. A middleware that is synchronous only
(WhiteNoise's is) then waits on its thread for the loop to run what is inside it. Once
SIGTERM has stopped the loop it waits for ever, and the process never ends. To let each
middleware run on the loop takes twice the processor time: Django's own go to a thread
and back for each half of themselves. Here a request changes to a thread once.
"""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler


class OneThreadHandler(ASGIHandler):
    """Answers HTTP requests; middleware and view run on one thread."""

    def load_middleware(self, is_async=False):
        """Build the chain as under WSGI, whatever the base class asks for."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request):
        """Return the answer to a request."""
        return await sync_to_async(self.get_response)(request)
