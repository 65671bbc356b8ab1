"""ASGI entry: pages through Django, live views through Channels.

The labs' dispatcher lives on this process's event loop and is started by the first
call; script/server makes one before it prints the address.
"""

import asyncio
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
django_application = get_asgi_application()

# These read models, so the applications must be loaded first.
from concsite import lab_host  # noqa: E402
from labs import dispatch, host  # noqa: E402
from labs.routing import websocket_urlpatterns  # noqa: E402

_router = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
_tasks = set()


async def application(scope, receive, send):
    """Answer one connection; the first one starts what runs beside the pages."""
    if not _tasks:
        lab_host.claim()
        dispatch.start()
        _tasks.add(asyncio.create_task(host.keep_examined()))
    await _router(scope, receive, send)
