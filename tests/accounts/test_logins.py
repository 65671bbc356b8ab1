"""Logging in: wrong passwords lock, and a reset says what it can do."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry

pytestmark = pytest.mark.django_db

LOGIN, ADMIN = "/accounts/login/", "/admin/login/"
RESET = "/accounts/password_reset/"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test here is about them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def ann(db, quick_passwords):
    users = get_user_model().objects
    return users.create_superuser("ann", "ann@example.org", "right-horse")


def tries(password="wrong", page=LOGIN, name="ann", address="127.0.0.1"):
    client = Client(REMOTE_ADDR=address)
    return client.post(page, {"username": name, "password": password})


@pytest.mark.parametrize("form", [LOGIN, ADMIN])
class TestLock:
    def test_the_right_password_lets_in(self, form):
        for _ in range(4):
            assert tries(page=form).status_code == 200
        assert tries("right-horse", form).status_code == 302

    def test_after_the_fifth_wrong_one_the_right_one_does_not(self, form):
        answers = [tries(page=form) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 4 + [429]
        answer = tries("right-horse", form)
        assert answer.status_code == 429
        text = answer.content.decode()
        assert "Too many wrong passwords" in text and "15 minutes" in text

    def test_it_is_of_that_account_from_that_address(self, form):
        get_user_model().objects.create_superuser("bob", password="right-horse")
        for _ in range(5):
            tries(page=form)
        assert tries("right-horse", form, name="bob").status_code == 302
        assert tries("right-horse", form, address="127.0.0.2").status_code == 302

    def test_it_ends(self, form):
        for _ in range(5):
            tries(page=form)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(hours=1))
        assert tries("right-horse", form).status_code == 302

    def test_an_operator_sees_it_and_ends_it(self, form, client, ann):
        for _ in range(5):
            tries(page=form)
        client.force_login(ann)
        shown = client.get("/admin/axes/accessattempt/").content.decode()
        assert "ann" in shown and "127.0.0.1" in shown
        AccessAttempt.objects.get().delete()
        assert tries("right-horse", form).status_code == 302

    def test_all_of_it_is_in_the_audit_log(self, form):
        for _ in range(5):
            tries(page=form)
        found = list(AuditEntry.objects.values_list("action", "who", "address"))
        assert found.count(("login failed", "ann", "127.0.0.1")) == 5
        assert ("locked out", "ann", "127.0.0.1") in found


class TestReset:
    def test_without_mail_it_says_so_and_never_that_it_was_sent(self, client, settings):
        settings.EMAIL_HOST = ""
        for answer in (
            client.get(RESET),
            client.post(RESET, {"email": "ann@example.org"}),
            client.get(f"{RESET}done/"),
        ):
            text = answer.content.decode()
            assert "No mail is configured" in text
            assert "emailed" not in text
        assert mail.outbox == []

    def test_with_mail_it_sends_a_link_that_works(self, client, settings):
        settings.EMAIL_HOST = "mail.example.org"
        answer = client.post(RESET, {"email": "ann@example.org"})
        assert (answer.status_code, answer.url) == (302, f"{RESET}done/")
        (sent,) = mail.outbox
        link = next(word for word in sent.body.split() if "/reset/" in word)
        shown = client.get(link.partition("testserver")[2], follow=True)
        new = {"new_password1": "quite-new-1", "new_password2": "quite-new-1"}
        assert client.post(shown.request["PATH_INFO"], new).status_code == 302
        assert tries("quite-new-1").status_code == 302
