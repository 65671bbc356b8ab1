"""Addresses of the admin beside those that Django's own has."""

from django.contrib import admin
from django.urls import path

from models_catalog.admin.kinds.picture import pictures
from models_catalog.admin.preview import markdown
from models_catalog.admin.transfer import bring_in

app_name = "curating"
_view = admin.site.admin_view

urlpatterns = [
    path("catalog/markdown/", _view(markdown), name="markdown"),
    path("catalog/pictures/", _view(pictures), name="pictures"),
    path("catalog/bundle/", _view(bring_in.bundle), name="bundle"),
    path(
        "catalog/bundle/download/",
        _view(bring_in.download),
        name="bundle_download",
    ),
]
