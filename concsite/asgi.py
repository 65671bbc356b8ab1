"""ASGI entry: pages through Django, live views through Channels.

The labs' dispatcher lives on this process's event loop and is started by the first
call; script/server makes one before it prints the address.
"""

import asyncio
import os

import django
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
django.setup(set_prefix=False)  # as get_asgi_application does

# These read settings and models, so the applications must be loaded first.
from concsite import lab_host  # noqa: E402
from concsite.handler import OneThreadHandler  # noqa: E402
from labs.execution import dispatcher, host_status  # noqa: E402
from labs.live.routing import websocket_urlpatterns  # noqa: E402

_router = ProtocolTypeRouter(
    {
        "http": OneThreadHandler(),
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
_tasks: set[asyncio.Task[None]] = set()


async def application(scope, receive, send):
    """Answer one connection; the first one starts what runs beside the pages."""
    if not _tasks:
        lab_host.claim()
        dispatcher.start()
        _tasks.add(asyncio.create_task(host_status.keep_examined()))
    await _router(scope, receive, send)
