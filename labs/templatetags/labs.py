"""What catalog pages and lists show of the labs."""

from django import template

from labs import host, numbers, outcome, registry
from labs.bench.sandbox.endpoint import Endpoint

register = template.Library()


@register.inclusion_tag("labs/includes/_server_labs.html")
def server_labs(slug):
    """Show the labs of a catalog server, and the configuration they use, exactly."""
    driver = registry.servers().get(slug)
    if driver is None:
        return {"driver": None, "slug": slug}
    files = driver.files(driver.Knobs(), Endpoint())
    return {
        "driver": driver,
        "availability": registry.availability(driver),
        "configuration": [{"name": n, "text": text} for n, text in files.items()],
        "labs_status": host.labs_status(),
        "scenarios": [
            {
                "scenario": scenario,
                "why_not": registry.applicable(driver, scenario),
                "url": outcome.form_url(scenario.slug, slug),
            }
            for scenario in registry.scenarios().values()
        ],
    }


@register.inclusion_tag("labs/includes/_run_status.html")
def run_status(run):
    """Show where a run is."""
    return {"status": run.status, "label": run.get_status_display()}


@register.inclusion_tag("labs/includes/_verdict.html")
def verdict(run):
    """Show how the server did; nothing before that is known."""
    return {"verdict": run.verdict, "label": run.get_verdict_display()}


@register.filter
def number(value):
    """Write a number for people."""
    return numbers.number(value)


@register.filter
def mebibytes(value):
    """Write a number of bytes in MiB, as static/js/board.js does."""
    return f"{numbers.number(value / 2**20)} MiB"


@register.simple_tag
def server_name(slug):
    """Return a server's name; its slug if there is no such plug-in any more."""
    driver = registry.servers().get(slug)
    return driver.name if driver else slug


@register.simple_tag
def scenario_title(slug):
    """Return a scenario's title; its slug if there is no such plug-in any more."""
    scenario = registry.scenarios().get(slug)
    return scenario.title if scenario else slug
