"""All addresses of the site."""

from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from concsite.crawlers import SITEMAPS, robots
from concsite.home import home

admin.site.site_header = "Concsite"
admin.site.site_title = "Concsite"
admin.site.index_title = "Keep the catalog, watch the labs"

urlpatterns = [
    path("", home, name="home"),
    path("", include("labs.urls")),
    path("", include("models_catalog.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
    path("robots.txt", robots),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
]
