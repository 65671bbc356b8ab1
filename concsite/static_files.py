"""Static files, on the event loop like every other middleware of this site.

WhiteNoise brings a middleware that is synchronous only. Django then runs everything
inside it from a thread that waits for the event loop, one such thread a request. Where
the loop stops (SIGTERM) while they wait, they wait for ever, and the process stays.
"""

from inspect import isawaitable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Answers with a static file, or lets the request pass, in either world."""

    sync_capable = async_capable = True

    def __init__(self, get_response):
        super().__init__(get_response)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request):
        """Answer one request; under ASGI what is returned has to be awaited."""
        if iscoroutinefunction(self):
            return self._answer(request)
        return super().__call__(request)

    async def _answer(self, request):
        answer = super().__call__(request)
        return await answer if isawaitable(answer) else answer
