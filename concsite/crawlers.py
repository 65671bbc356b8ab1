"""What search engines are told: the sitemap, and where they need not go."""

from django.contrib.sitemaps import Sitemap
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from labs.plugins import registry
from models_catalog.models import ROWS

_LISTS = (
    "home",
    *(f"catalog:{name}_list" for name in ("model", "server", "load", "claim")),
    *("catalog:source_list", "catalog:glossary", "catalog:compare"),
    "labs:scenario_list",
)
_KEPT_OUT = ("/admin/", "/accounts/", "/runs/", "/embed/")


class Lists(Sitemap):
    """The start page, the lists, and a page for each experiment."""

    def items(self):
        """Return addresses."""
        scenarios = registry.scenarios()
        experiments = [reverse("labs:run_form", args=[slug]) for slug in scenarios]
        return [*map(reverse, _LISTS), *experiments]

    def location(self, item):
        """Return the address itself."""
        return item


class Pages(Sitemap):
    """The published pages of one kind; one query."""

    def __init__(self, kind):
        """Take a kind of page."""
        super().__init__()
        self.kind = kind

    def items(self):
        """Return the pages as they are in lists."""
        return list(self.kind.objects.published().only("slug", "updated_at"))

    def lastmod(self, page):
        """Return when it changed last."""
        return page.updated_at


# Terms have no pages of their own: they stand in the glossary.
SITEMAPS = {"lists": Lists()} | {
    group: Pages(kind) for group, kind in ROWS.items() if group != "terms"
}


@require_safe
def robots(request):
    """Keep crawlers out of what is not for reading, and name the sitemap."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _KEPT_OUT),
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
