"""The runs that the front page offers first, and what they showed here before."""

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from labs.models import LabRun
from labs.plugins import registry
from labs.presentation import result_rows, setting_labels

_SCENARIO = "slowloris"
# Ordered by what they teach: the weakest first, so that the last one surprises.
# With each what claims of the catalog expect of it, and which of them. The sentences
# are about the server's own defaults.
_FIRST = (
    ("single-thread", "One slow client is enough", "denied", "S2"),
    ("apache-prefork", "Eight processes, eight slow clients", "denied", "S5"),
    ("apache-worker", "Sixty-four threads, sixty-four slow clients", "denied", "S5"),
    ("nginx", "A thousand slow clients, two event loops", "holds", "S8"),
)
_SURE = ("holds", "degrades", "denied")
_LOOKED_AT = 15  # of the newest runs of each


def cards():
    """Return what the front page shows of each server that there is."""
    servers, measured = registry.servers(), {run.server: run for run in seen()}
    return [
        {
            "server": servers[slug],
            "scenario": registry.scenarios()[_SCENARIO],
            "sentence": sentence,
            "measured": measured.get(slug),
            "expected": expected,
            "code": code,
            "url": result_rows.form_url(_SCENARIO, slug),
        }
        for slug, sentence, expected, code in _FIRST
        if slug in servers
    ]


def seen():
    """Return one run of each server that all may see, in the order of the servers: the
    newest with its defaults, else the newest. `apart` says which settings it changed.
    """
    newest_first = F("finished_at").desc()
    age = Window(RowNumber(), partition_by="server", order_by=newest_first)
    runs = LabRun.objects.filter(
        server__in=[slug for slug, *_ in _FIRST],
        scenario=_SCENARIO,
        status="finished",
        visibility=LabRun.Visibility.LINK,
        verdict__in=_SURE,
    ).annotate(age=age)
    newest = runs.filter(age__lte=_LOOKED_AT).order_by("age")
    found = {}
    for run in newest.defer("result", "params"):
        run.apart = setting_labels.knob_texts(run.server, _changed(run))
        if run.server not in found or (found[run.server].apart and not run.apart):
            found[run.server] = run
    return [found[server] for server in sorted(found)]


def _changed(run):
    driver = registry.servers().get(run.server)
    defaults = driver.Knobs() if driver else None
    return {
        name: value
        for name, value in run.knobs.items()
        if getattr(defaults, name, None) != value
    }
