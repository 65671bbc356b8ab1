"""All addresses of the site."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from concsite.home import home
from concsite.media import picture

admin.site.site_header = "Concsite"
admin.site.site_title = "Concsite"
admin.site.index_title = "Keep the catalog, watch the labs"

_ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /accounts/\nDisallow: /runs/\n"


@require_safe
def robots(request):
    """Keep crawlers out of what is not for reading."""
    return HttpResponse(_ROBOTS, content_type="text/plain")


urlpatterns = [
    path("", home, name="home"),
    path("", include("labs.urls")),
    path("", include("models_catalog.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", include("models_catalog.admin.urls")),
    path("admin/", admin.site.urls),
    path("media/pictures/<str:name>", picture),
    path("robots.txt", robots),
]
