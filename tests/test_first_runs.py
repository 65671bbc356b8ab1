"""What the front page says of the runs that it offers first."""

import pytest
from django.utils import timezone

from concsite import first_runs
from labs.models import LabRun
from labs.permissions import owners

pytestmark = pytest.mark.django_db


def ran(server="apache-prefork", **values) -> LabRun:
    """A finished run, newer than those before it."""
    values = {"knobs": {}, "verdict": "denied", "verdict_sentence": "Denied."} | values
    told = {"scenario": "slowloris", "status": "finished", "visibility": "listed"}
    return LabRun.objects.create(
        server=server, finished_at=timezone.now(), **told | values
    )


def test_the_newest_with_the_servers_defaults_is_shown(client):
    ran()
    wanted = ran(knobs={"processes": 8})
    ran(knobs={"processes": 3})
    (seen,) = first_runs.seen(owners.NOBODY)
    assert (seen, seen.apart) == (wanted, ())
    assert "With Processes" not in client.get("/").content.decode()


def test_without_one_the_newest_is_and_says_what_it_changed(client):
    ran(knobs={"processes": 4})
    wanted = ran(knobs={"processes": 3})
    (seen,) = first_runs.seen(owners.NOBODY)
    assert (seen, seen.apart) == (wanted, ("Processes: 3",))
    assert "With Processes: 3." in client.get("/").content.decode()


def test_many_of_one_server_hide_none_of_another():
    wanted = ran()
    newest = [ran("nginx", knobs={"processes": n}, verdict="holds") for n in range(99)]
    assert first_runs.seen(owners.NOBODY) == [wanted, newest[-1]]


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": "inconclusive"},
        {"visibility": LabRun.Visibility.PRIVATE},
        {"visibility": LabRun.Visibility.LINK},
        {"server": "node"},
    ],
)
def test_what_says_nothing_or_is_not_for_all_is_left_out(values):
    ran(**values)
    assert first_runs.seen(owners.NOBODY) == []
