"""Claims about runs that the tests make: rows, and results that fit them."""

from labs.bench.contracts import settings
from labs.claims import evaluation
from labs.plugins.registry import resolve
from models_catalog.models import Claim
from tests.labs import runs

SLOW = {"server": "apache-prefork", "scenario": "slowloris"}
DENIED = {"verdict": "denied"}


def make(slug="slow-clients-deny-it", code="S5", **fields):
    """Make a published claim, which is put to the test by one run unless told so."""
    given = {
        "statement": "Slow clients deny a pool",
        "body": "Why it is so.",
        "runs": [SLOW],
        "expect": [DENIED],
    }
    return Claim.objects.create(slug=slug, code=code, **given | fields)


def run_for(claim, at=0, verdict=None, name="apache-prefork-slowloris", **fields):
    """Make the finished run that a claim wants, with another verdict if given."""
    wanted = evaluation.read(claim).runs[at]
    resolved = resolve(evaluation.spec_of(wanted))
    run = runs.finished(
        name,
        server=wanted.server,
        scenario=wanted.scenario,
        knobs=dict(wanted.knobs),
        params=dict(wanted.params),
        **fields,
    )
    result = run.result
    result["server"] |= {
        "slug": wanted.server,
        "knobs": settings.as_dict(resolved.knobs),
    }
    params = settings.as_dict(resolved.params)
    result["scenario"] = {"slug": wanted.scenario, "params": params}
    if verdict:
        result["verdict"] = run.verdict = verdict
    run.save()
    return run
