"""Addresses of the labs."""

from django.urls import path

from labs import views

app_name = "labs"

urlpatterns = [
    path("labs/", views.scenario_list, name="scenario_list"),
    path("labs/<slug:scenario>/", views.run_form, name="run_form"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/<uuid:run_id>/", views.run_detail, name="run_detail"),
    path("runs/<uuid:run_id>/outcome", views.run_outcome, name="run_outcome"),
    path("runs/<uuid:run_id>/events", views.run_events, name="run_events"),
    path("runs/<uuid:run_id>/stop", views.run_stop, name="run_stop"),
    path("runs/<uuid:run_id>/visibility", views.run_visibility, name="run_visibility"),
    path("runs/<uuid:run_id>/result.json", views.run_result, name="run_result"),
    path("runs/<uuid:run_id>/series.csv", views.run_series, name="run_series"),
]
