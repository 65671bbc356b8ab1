"""Addresses of the catalog."""

from django.urls import path

from models_catalog.views import (
    claims,
    compare,
    detail,
    embeds,
    feeds,
    lists,
    search,
    social_cards,
    sources,
)

app_name = "catalog"

urlpatterns = [
    path("search/", search.search_page, name="search"),
    path("models/", lists.model_list, name="model_list"),
    path("models/<slug:slug>/", detail.model_detail, name="model_detail"),
    path("servers/", lists.server_list, name="server_list"),
    path("servers/<slug:slug>/", detail.server_detail, name="server_detail"),
    path("claims/", lists.claim_list, name="claim_list"),
    path("claims/<slug:slug>/", claims.claim_detail, name="claim_detail"),
    path("loads/", lists.load_list, name="load_list"),
    path("loads/<slug:slug>/", claims.load_detail, name="load_detail"),
    path("sources/", lists.source_list, name="source_list"),
    path("sources/<slug:slug>/", sources.source_detail, name="source_detail"),
    path("glossary/", sources.glossary, name="glossary"),
    path("compare/", compare.compare, name="compare"),
    path("feeds/pages.atom", feeds.ChangedPages(), name="changed_pages"),
    path("cards/site.png", social_cards.site_card, name="site_card"),
    path(
        "cards/<slug:group>/<slug:slug>.png", social_cards.page_card, name="page_card"
    ),
    path("embed/models/<slug:slug>/", embeds.model, name="embed_model"),
    path("embed/claims/<slug:slug>/", embeds.claim, name="embed_claim"),
]
