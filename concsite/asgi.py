"""ASGI entry: pages through Django, live views through Channels.

The labs' dispatcher lives on this process's event loop and is started by the first
call; script/server makes one before it prints the address.
"""

import asyncio
import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
django.setup(set_prefix=False)  # as get_asgi_application does

# These read settings and models, so the applications must be loaded first.
from concsite import lab_host  # noqa: E402
from concsite.client_address import TrueClientAddress  # noqa: E402
from concsite.handler import OneThreadHandler  # noqa: E402
from concsite.network import health, request_log  # noqa: E402
from concsite.network.limits import open_files  # noqa: E402
from concsite.same_origin import SameOrigin  # noqa: E402
from labs.execution import dispatcher, host_status  # noqa: E402
from labs.live.routing import websocket_urlpatterns  # noqa: E402

_router = ProtocolTypeRouter(
    {
        "http": OneThreadHandler(),
        # Sessions are looked up by labs.live.rights, for many sockets at once.
        "websocket": SameOrigin(CookieMiddleware(URLRouter(websocket_urlpatterns))),
    }
)
_served = TrueClientAddress(_router, settings.TRUSTED_PROXIES)
_tasks: set[asyncio.Task[None]] = set()
limits = settings.NETWORK_LIMITS.fitted_to(open_files())
# Each request at work has a thread and a database connection of its own.
_places = asyncio.Semaphore(limits.max_requests_at_work)


async def application(scope, receive, send):
    """Answer one connection; the first one starts what runs beside the pages."""
    if not _tasks:
        lab_host.claim()
        dispatcher.start()
        _tasks.add(asyncio.create_task(host_status.keep_examined()))
    request_log.current_id.set(scope.get("request_id", ""))
    if scope["type"] != "http":
        await _served(scope, receive, send)
    elif scope["path"] in health.PATHS:
        await health.answer(scope, send)
    else:
        async with _places:
            await _served(scope, receive, send)


async def settle():
    """End what runs beside the pages; the run under way is settled."""
    for task in _tasks:
        task.cancel()
    await dispatcher.stop()
