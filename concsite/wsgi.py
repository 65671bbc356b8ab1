"""WSGI entry: all pages, for any number of processes. None of them runs labs or has
live sockets: that is what concsite.asgi does, beside these. docs/deployment.md
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
application = get_wsgi_application()

# These read models, so the applications must be loaded first.
from concsite import lab_host  # noqa: E402
from labs.execution import host_status  # noqa: E402

host_status.off_because.append(lab_host.why_none)
