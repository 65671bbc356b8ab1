"""Addresses of the admin beside those that Django's own has."""

from django.contrib import admin
from django.urls import path

from models_catalog.admin.kinds.picture import pictures
from models_catalog.admin.preview import markdown
from models_catalog.admin.transfer import bundle_pages

app_name = "curating"
_view = admin.site.admin_view

urlpatterns = [
    path("catalog/markdown/", _view(markdown), name="markdown"),
    path("catalog/pictures/", _view(pictures), name="pictures"),
    path("catalog/bundle/", _view(bundle_pages.bundle), name="bundle"),
    path(
        "catalog/bundle/download/",
        _view(bundle_pages.download),
        name="bundle_download",
    ),
]
