"""The second factor of the staff: set up, shown, lost."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache

from accounts import second_factor
from labs.permissions import owners
from tests.labs import runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lab_home")]

PAGE = "/accounts/second-factor/"


@pytest.fixture(autouse=True)
def public(settings):
    settings.SECOND_FACTOR_FOR_STAFF = True
    cache.clear()


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up(client):
    """Set one up as a person does; return its secret and the recovery codes."""
    page = client.get(PAGE).content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)[1]
    answer = client.post(PAGE, {"code": code_of(secret)}).content.decode()
    cache.clear()  # the code that was just used would not be taken a second time
    return secret, re.search(r"<pre>([\d\s]+)</pre>", answer)[1].split()


class TestStaff:
    @pytest.mark.parametrize("path", ["/", "/admin/", "/runs/", "/labs/"])
    def test_without_one_they_are_sent_to_set_it_up(self, staff, path):
        answer = staff.get(path)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, PAGE)
        set_up(staff)
        assert staff.get(path).status_code == 200

    def test_a_login_asks_for_it_each_time(self, staff):
        secret, _ = set_up(staff)
        staff.force_login(staff.user)
        assert staff.get("/admin/").url.startswith(PAGE)
        answer = staff.post(f"{PAGE}?next=/admin/", {"code": code_of(secret)})
        assert (answer.status_code, answer.url) == (302, "/admin/")
        assert staff.get("/admin/").status_code == 200

    def test_a_code_is_good_once(self, staff):
        secret, _ = set_up(staff)
        staff.force_login(staff.user)
        code = code_of(secret)
        assert staff.post(PAGE, {"code": code}).status_code == 302
        staff.force_login(staff.user)
        assert staff.post(PAGE, {"code": code}).status_code == 400

    def test_a_recovery_code_is_too(self, staff):
        _, codes = set_up(staff)
        for wanted in (302, 400):
            staff.force_login(staff.user)
            assert staff.post(PAGE, {"code": codes[0]}).status_code == wanted

    def test_after_too_many_wrong_ones_none_is_taken(self, staff):
        secret, codes = set_up(staff)
        staff.force_login(staff.user)
        for _ in range(second_factor.MAX_WRONG):
            assert staff.post(PAGE, {"code": "000000"}).status_code == 400
        for code in (code_of(secret), codes[0]):
            assert staff.post(PAGE, {"code": code}).status_code == 400

    def test_a_wrong_code_sets_nothing_up(self, staff):
        assert staff.post(PAGE, {"code": "000000"}).status_code == 400
        assert not second_factor.has_one(staff.user)

    def test_it_leads_nowhere_else(self, staff):
        secret, _ = set_up(staff)
        staff.force_login(staff.user)
        answer = staff.post(f"{PAGE}?next=//evil.example/", {"code": code_of(secret)})
        assert answer.url == "/"

    def test_one_that_is_lost_can_be_taken_away(self, staff, ann):
        set_up(staff)
        ann.user.is_staff = True
        ann.user.save()
        set_up(ann)
        action = {"action": "take_second_factor", "_selected_action": [ann.user.pk]}
        staff.post("/admin/auth/user/", action)
        assert not second_factor.has_one(ann.user)


class TestRights:
    def test_a_socket_has_none_of_the_staffs_until_it_is_shown(self, staff, guest):
        run = runs.make(guest, visibility="private")
        assert not owners.owner_of(staff.user, staff.session).may_see(run)
        set_up(staff)
        assert owners.owner_of(staff.user, staff.session).may_see(run)


class TestOthers:
    @pytest.mark.parametrize("who", ["guest", "ann"])
    def test_they_are_asked_for_nothing(self, request, who):
        assert request.getfixturevalue(who).get("/runs/").status_code == 200

    def test_on_loopback_nobody_is_unless_they_have_one(self, staff, settings):
        settings.SECOND_FACTOR_FOR_STAFF = False
        assert staff.get("/runs/").status_code == 200
        set_up(staff)
        staff.force_login(staff.user)
        assert staff.get("/runs/").status_code == 302
