"""All addresses of the site."""

from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from concsite.crawlers import SITEMAPS, robots
from concsite.home import home
from concsite.media import picture

admin.site.site_header = "Concsite"
admin.site.site_title = "Concsite"
admin.site.index_title = "Keep the catalog, watch the labs"

handler500 = "concsite.server_error.server_error"
handler404 = "concsite.not_found.not_found"

urlpatterns = [
    path("", home, name="home"),
    path("", include("labs.urls")),
    path("", include("models_catalog.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", include("models_catalog.admin.urls")),
    path("admin/", admin.site.urls),
    path("media/pictures/<str:name>", picture),
    path("robots.txt", robots),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
]
