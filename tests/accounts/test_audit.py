"""The audit log: what is recorded, and that nobody rewrites it."""

import logging

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from accounts import audit
from accounts.models import AppendOnly, AuditEntry
from models_catalog.models import Load
from tests.labs import runs

pytestmark = pytest.mark.django_db


def recorded(action):
    return list(AuditEntry.objects.filter(action=action).values_list("who", "subject"))


class TestWhatIsRecorded:
    def test_stops_once_and_by_whom(self, staff, ann):
        run = runs.under_way(ann)
        ended = runs.finished(client=ann)
        staff.post(f"/runs/{run.pk}/stop")
        staff.post(f"/runs/{ended.pk}/stop")
        assert recorded("run stopped") == [("root", str(run.pk))]
        assert AuditEntry.objects.get(action="run stopped").address == "127.0.0.1"

    def test_who_may_see_a_run(self, guest):
        run = runs.make(guest)
        guest.post(f"/runs/{run.pk}/visibility", {"visibility": "private"})
        assert recorded("run shown") == [("", f"{run.pk}: private")]

    def test_deletes_in_the_admin_and_elsewhere(self, staff):
        run = runs.finished()
        staff.post(f"/admin/labs/labrun/{run.pk}/delete/", {"post": "yes"})
        ((who, subject),) = recorded("deleted")
        assert who == "root" and subject.startswith(f"lab run {run.pk}")
        Load.objects.create(slug="x", title="X", kind="attack").delete()
        assert len(recorded("deleted")) == 2

    def test_roles(self, staff, ann):
        ann.user.groups.add(Group.objects.get(name="operator"))
        ann.user.is_staff = True
        ann.user.save()
        assert ("", "ann: given operator") in recorded("rights changed")
        assert ("", "ann: is_staff=True") in recorded("account changed")

    def test_no_password(self, ann):
        ann.user.set_password("quite-secret-1")
        ann.user.save()
        assert recorded("account changed") == [("", "ann: password")]

    def test_logins_and_logouts(self, client):
        get_user_model().objects.create_user("eve", password="right-horse")
        client.post("/accounts/login/", {"username": "eve", "password": "right-horse"})
        client.post("/accounts/logout/")
        assert [who for who, _ in recorded("logged in")] == ["eve"]
        assert [who for who, _ in recorded("logged out")] == ["eve"]


class TestLog:
    def test_it_is_a_logger_too(self, caplog):
        with caplog.at_level(logging.INFO, "concsite.audit"):
            audit.record("run stopped", "some run", who="ann")
        assert caplog.messages == ["run stopped by ann from this host: some run"]

    def test_no_name_can_pretend_to_be_another_line(self, caplog):
        with caplog.at_level(logging.INFO, "concsite.audit"):
            audit.record("login failed", who="x\nlogged in by root\u202e\0")
        assert "\n" not in caplog.messages[0] and "\u202e" not in caplog.messages[0]

    @pytest.mark.parametrize("change", ["save", "delete"])
    def test_a_row_stays_as_it_is(self, change):
        audit.record("x")
        with pytest.raises(AppendOnly):
            getattr(AuditEntry.objects.get(), change)()

    def test_so_do_all_together(self):
        audit.record("x")
        with pytest.raises(AppendOnly):
            AuditEntry.objects.update(who="y")
        with pytest.raises(AppendOnly):
            AuditEntry.objects.all().delete()
