"""What catalog pages and lists show of the labs."""

import functools
import re

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import mark_safe

from labs.bench.contracts.endpoint import Endpoint
from labs.catalog_hooks import page_cache
from labs.claims import cards
from labs.plugins import registry
from labs.presentation import code_metrics, number_format, run_words
from labs.presentation.addresses import form_url
from models_catalog.cache.remembered import for_edition
from models_catalog.markdown.render import highlighted

# A placeholder: cached HTML is the same for all, the CSRF token is a visitor's.
_TOKEN = "the-token-of-this-visitor"
_PROGRAM = "server.py"  # the source of a teaching server, which is there to be read

_FIGURE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")

register = template.Library()


@register.simple_tag
def server_labs(slug):
    """Show the labs of a catalog server, and the configuration they use, exactly."""
    driver = registry.servers().get(slug)
    return _labs_of(driver, page_cache.availability(driver) if driver else None)


@functools.lru_cache(maxsize=100)
def _labs_of(driver, availability):
    """Return the labs of a driver as HTML; cached, for plug-ins never change."""
    template = "labs/includes/_server_labs.html"
    if driver is None:
        return render_to_string(template, {"driver": None})
    files = driver.files(driver.Knobs(), Endpoint())
    program = files.pop(_PROGRAM) if (driver.folder / _PROGRAM).is_file() else ""
    context = {
        "program": _program(program) if program else None,
        "driver": driver,
        "availability": availability,
        "configuration": [{"name": n, "text": text} for n, text in files.items()],
        "scenarios": [_lab(driver, each) for each in registry.scenarios().values()],
    }
    return render_to_string(template, context)


def _lab(driver, scenario):
    """Describe a scenario for a server."""
    return {
        "scenario": scenario,
        "why_not": registry.applicable(driver, scenario),
        "url": form_url(scenario.slug, driver.slug),
    }


def _program(text):
    """Describe a program: its text as HTML, and how long and branched it is."""
    return {
        "name": _PROGRAM,
        "html": mark_safe(_with_anchors(text)),
        "source_lines": code_metrics.source_lines(text),
        "branches": code_metrics.branches(text),
    }


def _with_anchors(text):
    """Return a program highlighted, with an anchor #fn-NAME at each function."""
    lines = highlighted(text, "python").split("\n")
    for name, number in code_metrics.functions(text).items():
        lines[number - 1] = f'<span id="fn-{name}">{lines[number - 1]}</span>'
    return "\n".join(lines)


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
    return number_format.number(value)


@register.filter
def in_words(text):
    """Write the name of a figure as words; leave any other text as it is."""
    if not _FIGURE.fullmatch(str(text)):
        return text
    return str(text).replace("_", " ").capitalize()


@register.filter
def log_time(t_s):
    """Write when a line of a run's event log was written."""
    return run_words.log_time(t_s)


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


@register.simple_tag(takes_context=True)
def claim_cards(context, claims, key=""):
    """Show claims, each with its newest evidence and a button that runs it now.

    With a `key` their HTML is cached for as long as the page's `edition` lasts; what
    differs from visitor to visitor, the token of the forms, is put in afterwards.
    """
    token = str(context.get("csrf_token") or "")

    def make():
        shown = {"cards": cards.cards(claims), "csrf_token": token and _TOKEN}
        if not shown["cards"]:
            return ""
        return render_to_string("labs/includes/_claim_cards.html", shown)

    edition = context.get("edition") if key else ""
    html = for_edition(edition, f"cards:{bool(token)}:{key}", make)
    return mark_safe(html.replace(_TOKEN, escape(token)))


@register.inclusion_tag("labs/includes/_claim_evidence.html", takes_context=True)
def claim_evidence(context, claim):
    """Show all that is known of one claim: what was expected, what was seen, when."""
    card, history = cards.with_history(claim)
    return _with_request(context, card=card, history=history)


@register.inclusion_tag("labs/includes/_attention.html")
def labs_attention():
    """Show a curator which claims have flipped."""
    return {"flipped": cards.flipped()}


def _with_request(context, **values):
    return {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
    } | values
