"""Addresses that pages about runs lead to."""

from django.urls import reverse


def form_url(scenario, server, run=None):
    """Return the address of a run's form, filled as another run was if given."""
    url = f"{reverse('labs:run_form', args=[scenario])}?server={server}"
    return f"{url}&from={run.pk}" if run else url
