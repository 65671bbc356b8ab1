"""What visitors and curators leave behind: sessions, uploads, cards, old versions."""

from datetime import timedelta
from importlib import import_module

from django.conf import settings

from labs.maintenance.quiet import wait_while_measuring
from models_catalog.history import bounds
from models_catalog.sync.waiting_files import clean_waiting_files
from models_catalog.views import social_cards

_UNCONFIRMED = timedelta(hours=24)  # a preview nobody came back to


def clear_sessions() -> str:
    """Remove sessions that have expired."""
    # Django's own way to the store that the settings name: `clearsessions` does so.
    store = import_module(settings.SESSION_ENGINE).SessionStore
    store.clear_expired()
    return "Expired sessions are removed"


def clear_waiting_files() -> str:
    """Remove uploads that nobody has confirmed."""
    number = clean_waiting_files(_UNCONFIRMED)
    return f"Uploads that nobody confirmed: {number} removed"


def clear_cards() -> str:
    """Remove pictures of pages that were drawn long ago."""
    return f"Pictures of pages for previews: {social_cards.clear_old()} removed"


def bound_histories() -> str:
    """Remove the oldest versions of pages that have very many."""
    wait_while_measuring()
    removed = bounds.prune(settings.CATALOG_MAX_VERSIONS)
    return f"Oldest versions of pages: {removed} removed"
