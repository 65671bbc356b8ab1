"""WSGI entry: the catalog's pages alone. Labs and live views need concsite.asgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
application = get_wsgi_application()
