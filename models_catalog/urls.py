"""Addresses of the catalog."""

from django.urls import path

from models_catalog import lists, search_page, views

app_name = "catalog"

urlpatterns = [
    path("search/", search_page.search_page, name="search"),
    path("models/", lists.model_list, name="model_list"),
    path("models/<slug:slug>/", views.model_detail, name="model_detail"),
    path("servers/", lists.server_list, name="server_list"),
    path("servers/<slug:slug>/", views.server_detail, name="server_detail"),
]
