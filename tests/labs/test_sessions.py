"""Looking at pages makes no session; starting something does."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]


@pytest.mark.parametrize(
    "path", ["/", "/labs/", "/labs/slowloris/", "/runs/", "/login/", "/admin/login/"]
)
def test_a_look_makes_none(path):
    for _ in range(2):
        Client().get(path)
    assert not Session.objects.exists()


def test_nor_does_a_runs_page():
    run = runs.finished()
    Client().get(run.get_absolute_url())
    assert not Session.objects.exists()


def test_a_guest_who_starts_something_gets_one():
    client = Client(enforce_csrf_checks=True)
    page = client.get("/labs/slowloris/?server=nginx")
    form = page.context["form"]
    data = {name: form[name].initial for name in form.fields}
    token = client.cookies["csrftoken"].value
    data |= {"server": "nginx", "csrfmiddlewaretoken": token}
    response = client.post("/labs/slowloris/", data)
    assert response.status_code == 302
    assert Session.objects.count() == 1
    assert client.get(f"{response.url}").context["may_stop"]
