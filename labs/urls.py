"""Addresses of the labs."""

from django.urls import path

from labs.views import claims, compare_csv, downloads, feeds, runs, start_run

app_name = "labs"

urlpatterns = [
    path("compare.csv", compare_csv.compare_csv, name="compare_csv"),
    path("feeds/evidence.atom", feeds.NewEvidence(), name="new_evidence"),
    path("labs/", start_run.scenario_list, name="scenario_list"),
    path("labs/result.schema.json", downloads.schema, name="result_schema"),
    path("labs/set.schema.json", downloads.schema, {"name": "set"}),
    path("labs/comparison.schema.json", downloads.schema, {"name": "comparison"}),
    path("labs/claims.schema.json", downloads.schema, {"name": "claims"}),
    path("labs/<slug:scenario>/", start_run.run_form, name="run_form"),
    path("claims/<slug:slug>/run", claims.run_claim, name="run_claim"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/<uuid:run_id>/", runs.run_detail, name="run_detail"),
    path("runs/<uuid:run_id>/outcome", runs.run_outcome, name="run_outcome"),
    path("runs/<uuid:run_id>/events", runs.run_events, name="run_events"),
    path("runs/<uuid:run_id>/stop", runs.run_stop, name="run_stop"),
    path("runs/<uuid:run_id>/visibility", runs.run_visibility, name="run_visibility"),
    path("runs/<uuid:run_id>/result.json", downloads.run_result, name="run_result"),
    path("runs/<uuid:run_id>/series.csv", downloads.run_series, name="run_series"),
]
