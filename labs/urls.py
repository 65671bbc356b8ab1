"""Addresses of the labs."""

from django.urls import path

from labs import compare_csv, downloads, feeds, run_pages, views
from labs.claims import cards

app_name = "labs"

urlpatterns = [
    path("compare.csv", compare_csv.compare_csv, name="compare_csv"),
    path("feeds/evidence.atom", feeds.NewEvidence(), name="new_evidence"),
    path("labs/", views.scenario_list, name="scenario_list"),
    path("labs/result.schema.json", downloads.schema, name="result_schema"),
    path("labs/set.schema.json", downloads.schema, {"name": "set"}),
    path("labs/comparison.schema.json", downloads.schema, {"name": "comparison"}),
    path("labs/claims.schema.json", downloads.schema, {"name": "claims"}),
    path("labs/<slug:scenario>/", views.run_form, name="run_form"),
    path("claims/<slug:slug>/run", cards.run_claim, name="run_claim"),
    path("runs/", run_pages.run_list, name="run_list"),
    path("runs/<uuid:run_id>/", run_pages.run_detail, name="run_detail"),
    path("runs/<uuid:run_id>/outcome", run_pages.run_outcome, name="run_outcome"),
    path("runs/<uuid:run_id>/events", run_pages.run_events, name="run_events"),
    path("runs/<uuid:run_id>/stop", run_pages.run_stop, name="run_stop"),
    path(
        "runs/<uuid:run_id>/visibility", run_pages.run_visibility, name="run_visibility"
    ),
    path("runs/<uuid:run_id>/result.json", downloads.run_result, name="run_result"),
    path("runs/<uuid:run_id>/series.csv", downloads.run_series, name="run_series"),
]
