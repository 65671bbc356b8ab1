"""Addresses that pages about runs lead to."""

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


def form_url(scenario, server, run=None):
    """Return the address of a run's form, filled as another run was if given."""
    try:
        form = reverse("labs:run_form", args=[scenario])
    except NoReverseMatch:  # a stored run of what is no scenario
        return reverse("labs:scenario_list")
    url = f"{form}?{urlencode({'server': server})}"
    return f"{url}&from={run.pk}" if run else url
