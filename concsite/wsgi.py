"""WSGI entry: the catalog's pages alone. Labs and live views need concsite.asgi."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from concsite.client_address import TrueClientAddressWsgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "concsite.settings")
application = TrueClientAddressWsgi(get_wsgi_application(), settings.TRUSTED_PROXIES)
