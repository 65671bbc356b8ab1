"""Addresses of the catalog."""

from django.urls import path

from models_catalog import (
    cards,
    claim_views,
    compare_page,
    embeds,
    feeds,
    lists,
    search_page,
    source_views,
    views,
)

app_name = "catalog"

urlpatterns = [
    path("search/", search_page.search_page, name="search"),
    path("models/", lists.model_list, name="model_list"),
    path("models/<slug:slug>/", views.model_detail, name="model_detail"),
    path("servers/", lists.server_list, name="server_list"),
    path("servers/<slug:slug>/", views.server_detail, name="server_detail"),
    path("claims/", lists.claim_list, name="claim_list"),
    path("claims/<slug:slug>/", claim_views.claim_detail, name="claim_detail"),
    path("loads/", lists.load_list, name="load_list"),
    path("loads/<slug:slug>/", claim_views.load_detail, name="load_detail"),
    path("sources/", lists.source_list, name="source_list"),
    path("sources/<slug:slug>/", source_views.source_detail, name="source_detail"),
    path("glossary/", source_views.glossary, name="glossary"),
    path("compare/", compare_page.compare, name="compare"),
    path("feeds/pages.atom", feeds.ChangedPages(), name="changed_pages"),
    path("cards/site.png", cards.site_card, name="site_card"),
    path("cards/<slug:group>/<slug:slug>.png", cards.page_card, name="page_card"),
    path("embed/models/<slug:slug>/", embeds.model, name="embed_model"),
    path("embed/claims/<slug:slug>/", embeds.claim, name="embed_claim"),
]
