"""The feed of pages that are new or have changed."""

from datetime import timedelta

from django.contrib.syndication.views import Feed
from django.db.models import Case, F, When
from django.db.models.functions import Greatest
from django.urls import reverse_lazy
from django.utils.feedgenerator import Atom1Feed

from models_catalog.files.reader import GROUPS
from models_catalog.models import ROWS, Page

_MAX = 40
# A page and what it names are written one after the other.
_AT_ONCE = timedelta(minutes=1)


class ChangedPages(Feed):
    """Pages of every kind, the one that changed last first. One query a kind."""

    feed_type = Atom1Feed
    title = "Concsite: new and changed pages"
    subtitle = "Models, servers, loads, terms, sources and claims of the catalog."
    link = reverse_lazy("home")
    feed_url = reverse_lazy("catalog:changed_pages")
    author_name = "Concsite"

    def items(self):
        """Return (group, page), the newest change first."""
        found = [
            (group, page) for group, kind in ROWS.items() for page in _newest(kind)
        ]
        found.sort(key=lambda item: item[1].changed_at, reverse=True)
        return found[:_MAX]

    def item_title(self, item):
        """Say what the page is, and whether it is new."""
        group, page = item
        is_new = page.changed_at - page.appeared_at < _AT_ONCE
        return f"{'New' if is_new else 'Changed'} {GROUPS[group].word}: {page}"

    def item_description(self, item):
        """Return the page's summary."""
        return item[1].summary

    def item_link(self, item):
        """Return the page's address."""
        return item[1].get_absolute_url()

    def item_pubdate(self, item):
        """Return when it appeared."""
        return item[1].appeared_at

    def item_updateddate(self, item):
        """Return when it changed last."""
        return item[1].changed_at


def _newest(kind):
    """Return the newest pages of a kind; a scheduled one is new when it is due."""
    is_scheduled = When(status=Page.Status.SCHEDULED, then=F("publish_at"))
    rows = kind.objects.published().annotate(
        appeared_at=Case(is_scheduled, default=F("created_at"))
    )
    rows = rows.annotate(changed_at=Greatest("appeared_at", "updated_at"))
    return rows.order_by("-changed_at", "slug")[:_MAX]
