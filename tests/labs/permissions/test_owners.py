"""Who owns a run, and who may see and stop it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from labs.models import LabRun
from labs.permissions import owners
from tests.labs import runs

pytestmark = pytest.mark.django_db


class TestOwner:
    def test_a_guest_is_a_browser_session(self, guest, stranger):
        run = runs.make(guest)
        assert runs.owner_of(guest).owns(run)
        assert not runs.owner_of(stranger).owns(run)

    def test_an_account_owns_its_runs_in_any_browser(self, ann, bob):
        run = runs.make(ann)
        elsewhere = Client()
        elsewhere.force_login(ann.user)
        assert owners.owner_of(ann.user, elsewhere.session).owns(run)
        assert not runs.owner_of(bob).owns(run)

    def test_it_is_not_a_guests_after_logging_out(self, ann):
        run = runs.make(ann)
        same_browser = owners.owner_of(AnonymousUser(), ann.session)
        assert not same_browser.owns(run)

    def test_without_a_session_nothing_is_owned(self):
        nobody = owners.Owner()
        ownerless = runs.make()
        assert not nobody.owns(ownerless)
        assert not LabRun.objects.owned_by(nobody).exists()

    def test_the_row_does_not_tell_the_session_key(self, guest):
        run = runs.make(guest)
        assert len(run.session_digest) == 64
        assert guest.session.session_key not in run.session_digest

    def test_a_guests_run_stays_theirs_when_they_log_in(self, guest, ann):
        run = runs.make(guest, visibility="private")
        guest.force_login(ann.user)
        assert guest.get(run.get_absolute_url()).status_code == 200


class TestSeeing:
    def test_a_run_with_a_link_is_everybodys(self, guest, stranger):
        run = runs.make(guest)
        assert runs.owner_of(stranger).may_see(run)
        assert not runs.owner_of(stranger).may_stop(run)

    @pytest.mark.parametrize(
        "who, allowed",
        [("guest", True), ("stranger", False), ("ann", False), ("staff", True)],
    )
    def test_a_private_one_is_its_owners_and_the_staffs(self, request, who, allowed):
        run = runs.make(request.getfixturevalue("guest"), visibility="private")
        owner = runs.owner_of(request.getfixturevalue(who))
        assert owner.may_see(run) is owner.may_stop(run) is allowed
        assert LabRun.objects.visible_to(owner).exists() is allowed

    def test_rows_and_objects_agree(self, guest, stranger, ann, bob, staff):
        everybody = [guest, stranger, ann, bob, staff]
        for client in everybody:
            runs.make(client)
            runs.make(client, visibility="private")
        for owner in map(runs.owner_of, everybody):
            seen = {run for run in LabRun.objects.all() if owner.may_see(run)}
            assert set(LabRun.objects.visible_to(owner)) == seen
            owned = {run for run in LabRun.objects.all() if owner.owns(run)}
            assert set(LabRun.objects.owned_by(owner)) == owned
