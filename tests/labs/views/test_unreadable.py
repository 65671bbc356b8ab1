"""Stored results, events and evidence of any shape: pages say so, and none fails.

Each document is a recorded one in which every place that may hold a certain odd value
holds it; and one with that value where it may not stand.
"""

import copy
import json

import pytest
from django.urls import reverse

from labs.bench.result.document_check import Malformed, check_result
from labs.claims import evaluation
from labs.cli import rejudge
from labs.models import Evidence, LabRun, RunEvent
from tests.labs import claim_rows, runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

ODD = (None, True, -1, 7, 1e308, 2**63, "", "<b>x", "x" * 5000, "nan", [], {}, [[]])
NAMES = ("apache-prefork-slowloris", "apache-prefork-capacity")
SERVERS = ("apache-prefork", "nginx")
_MAX_OF_A_LIST = 2  # of alike entries the first ones are enough


def places(value, path=()):
    """Yield the path to each value in a document, the outer ones last."""
    inner = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value[:_MAX_OF_A_LIST])
    for name, each in inner:
        yield from places(each, (*path, name))
    if path:
        yield path


def put(document, path, value):
    """Set the value at a path; return what was there."""
    for name in path[:-1]:
        document = document[name]
    before, document[path[-1]] = document[path[-1]], copy.deepcopy(value)
    return before


def is_readable(document):
    try:
        check_result(document)
    except Malformed:
        return False
    return True


def readable_with(document, odd):
    """Return the document with an odd value wherever it may stand but at the top."""
    document = copy.deepcopy(document)
    for path in list(places(document)):
        if len(path) > 1:
            try:
                before = put(document, path, odd)
            except (LookupError, TypeError):
                continue  # what it was in has become something else
            if not is_readable(document):
                put(document, path, before)
    return document


def unreadable_with(document, odd):
    """Yield a document for each part that may not be this value."""
    for name in document:
        other = {**document, name: odd}
        if not is_readable(other):
            yield other
    yield odd


class Site:
    """Two runs of servers that may be compared, and a claim that rests on them."""

    def __init__(self, client, name):
        self.client = client
        entries = [{**claim_rows.SLOW, "server": server} for server in SERVERS]
        expect = [{"verdict": "denied", "of": server} for server in SERVERS]
        self.claim = claim_rows.make(runs=entries, expect=expect[:1])
        self.rows = [
            claim_rows.run_for(self.claim, at, name=name) for at in range(len(SERVERS))
        ]
        self.run = self.rows[0]
        self.document = copy.deepcopy(self.run.result)
        self.evidence = evaluation.refresh(self.claim)
        self.evidence.runs.set(self.rows)

    def store(self, result):
        LabRun.objects.filter(pk=self.run.pk).update(result=result)

    def addresses(self):
        names = ("detail", "outcome", "events", "result", "series")
        return [
            *(reverse(f"labs:run_{name}", args=[self.run.pk]) for name in names),
            *("/", "/runs/", "/claims/", self.claim.get_absolute_url()),
            f"/compare/?servers={'&servers='.join(SERVERS)}",
            f"/compare.csv?servers={'&servers='.join(SERVERS)}",
            *("/feeds/evidence.atom", "/models/", "/servers/nginx/"),
        ]

    def visit(self):
        """Ask for every page that shows anything of runs; the client raises faults."""
        for address in self.addresses():
            response = self.client.get(address)
            assert response.status_code in (200, 302, 404), address
        evaluation.refresh(self.claim)
        evaluation.after_run(LabRun.objects.get(pk=self.run.pk))
        assert list(rejudge.in_database([str(self.run.pk)]))

    def page(self):
        return self.client.get(self.run.get_absolute_url()).content.decode()


@pytest.fixture(params=NAMES)
def site(guest, request):
    return Site(guest, request.param)


class TestResults:
    @pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
    def test_an_odd_value_that_may_stand_there_breaks_no_page(self, site, odd):
        site.store(readable_with(site.document, odd))
        site.visit()
        assert "cannot be read" not in site.page()

    @pytest.mark.parametrize("odd", [None, 7, "x", [], [7], {"a": 1}], ids=repr)
    def test_what_cannot_be_read_is_told_on_its_page_and_on_no_other(self, site, odd):
        for document in unreadable_with(site.document, odd):
            if document is None:
                continue  # no result at all: an ordinary run
            site.store(document)
            page = site.page()
            assert "This run’s result cannot be read: " in page
            assert "Inside the server" in page
        site.visit()

    @pytest.mark.parametrize("name", ["findings", "summary", "server", "series"])
    def test_nor_is_one_that_lacks_a_part(self, site, name):
        site.store({k: v for k, v in site.document.items() if k != name})
        assert f"cannot be read: it lacks {name}." in site.page()
        site.visit()

    def test_numbers_that_no_page_can_write(self, site):
        text = json.dumps(site.document | {"duration_s": 123.5}).replace(
            '"duration_s": 123.5', f'"duration_s": 1{"0" * 400}'
        )
        site.store(json.loads(text))
        assert "cannot be read" in site.page()
        site.visit()

    def test_one_that_cannot_be_read_is_no_evidence(self, site):
        site.store(site.document | {"trust": 7})
        assert evaluation.newest_run(evaluation.read(site.claim).runs[0]) is None

    def test_a_server_and_a_scenario_that_are_none(self, site):
        LabRun.objects.filter(pk=site.run.pk).update(server="a b/c", scenario="../x")
        assert site.client.get(site.run.get_absolute_url()).status_code == 200
        for address in site.addresses():
            site.client.get(address)

    def test_the_admin_says_so_too(self, site, admin_client):
        site.store([7])
        address = reverse("admin:labs_labrun_change", args=[site.run.pk])
        assert "cannot be read" in admin_client.get(address).content.decode()


TICK = {"values": {"in_flight": 1}, "probes": [], "board": []}
CELL = runs.tick(0)["board"][0]
EVENTS = (
    ("tick", {}),
    ("tick", {**TICK, "values": {"in_flight": "many"}}),
    ("tick", {**TICK, "values": [1]}),
    ("tick", {**TICK, "probes": [[1]]}),
    ("tick", {**TICK, "probes": [[0.1, "ok", None]]}),
    ("tick", {**TICK, "board": 7}),
    ("tick", {**TICK, "board": [7]}),
    ("tick", {**TICK, "board": [{"pid": 2}]}),
    ("tick", {**TICK, "board": {"changed": [{"pid": 99, "threads": 1}], "gone": []}}),
    ("tick", {**TICK, "board": {"changed": [{"pid": 2, "tasks": 5}], "gone": []}}),
    ("tick", {**TICK, "board": {"changed": [{}], "gone": ["x"]}}),
    ("tick", {**TICK, "board": [{**CELL, "waiting_in": ["x"]}]}),
    ("tick", [7]),
    ("status", {"status": "dancing", "phase": "", "sentence": ""}),
    ("status", {"status": 7}),
    ("log", {"text": 7}),
    ("log", None),
    ("finished", {}),
    ("finished", {"status": "finished", "reason": 7, "message": ""}),
    ("dance", {"text": "x"}),
)


class TestEvents:
    @pytest.mark.parametrize(("kind", "payload"), EVENTS)
    def test_one_that_cannot_be_read_leaves_the_others(self, guest, kind, payload):
        told = [runs.measuring(0.1), runs.tick(0.2, in_flight=3), runs.tick(0.4)]
        run = runs.told([*told, runs.ended()])
        if payload is not None:
            RunEvent.objects.filter(run=run, seq=3).update(type=kind, payload=payload)
        for name in ("detail", "events", "series"):
            assert guest.get(reverse(f"labs:run_{name}", args=[run.pk])).content
        page = guest.get(run.get_absolute_url())
        assert page.context["snapshot"]["series"]["in_flight"][0] == 3
        frames = guest.get(reverse("labs:run_events", args=[run.pk])).json()["events"]
        assert [frame["seq"] for frame in frames] == [1, 2, 3, 4]

    def test_it_is_told_in_the_log(self, guest):
        run = runs.told([runs.measuring(0.1), runs.tick(0.2), runs.ended()])
        RunEvent.objects.filter(run=run, seq=2).update(payload={})
        page = guest.get(run.get_absolute_url()).content.decode()
        assert "An event of this run cannot be read: " in page


class TestEvidence:
    @pytest.mark.parametrize("rows", [7, [7], [{}], {"a": 1}, [{"statement": 1}]])
    def test_rows_that_cannot_be_read_are_told(self, site, rows):
        Evidence.objects.update(rows=rows)
        page = site.client.get(site.claim.get_absolute_url()).content.decode()
        assert "What was seen cannot be read: " in page
        site.visit()
