"""The bundle in the admin: looked at first, brought in then, all or nothing."""

import io
import os
import re
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from models_catalog.models import Load, Server
from tests.catalog.bundle import FILES
from tests.catalog.sync.test_bundle import changed, zipped

pytestmark = pytest.mark.django_db

PAGE = "/admin/catalog/bundle/"


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    """Let zips wait in a directory of the test's own."""
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR / "bundles"


@pytest.fixture
def look(admin_client, small):
    """Upload a zip to look at; return the answer."""

    def look(files):
        data = files if isinstance(files, bytes) else zipped(files).getvalue()
        return admin_client.post(PAGE, {"file": SimpleUploadedFile("b.zip", data)})

    return look


@pytest.fixture
def confirm(admin_client):
    """Confirm what a page showed; return the answer."""

    def confirm(answer, *replaced):
        data = {"apply": "Bring it in", "seen": answer.context["seen"]}
        return admin_client.post(PAGE, data | {"replace": replaced})

    return confirm


NEW = changed("loads/slow.md", "An attack.", "Another attack.")


class TestBundle:
    def test_it_can_be_fetched(self, admin_client, small):
        answer = admin_client.get(reverse("curating:bundle_download"))
        assert re.search(
            r'filename="catalog-\d{4}-\d\d-\d\d.zip"', answer["Content-Disposition"]
        )
        names = zipfile.ZipFile(io.BytesIO(answer.getvalue())).namelist()
        assert sorted(names) == sorted(FILES)

    def test_looking_changes_nothing_and_says_what_would(self, look):
        text = look(NEW).content.decode()
        assert "<strong>updated</strong>: load slow" in text
        assert "<ins>Another attack.</ins>" in text
        assert Load.objects.get().body == "An attack."

    def test_what_it_would_break_is_said(self, look):
        dead = changed("loads/slow.md", "An attack.", "[a](/models/no/)")
        text = look(dead).content.decode()
        assert "<li>loads/slow.md:8: dead link /models/no/</li>" in text

    def test_confirming_brings_it_in_and_leaves_no_zip(
        self, look, confirm, admin_user, data_dir
    ):
        shown = look(NEW)
        assert len(list(data_dir.iterdir())) == 1
        answer = confirm(shown)
        assert answer.status_code == 302
        newest = Load.objects.get().history.first()
        assert newest.body == "Another attack." and newest.history_user == admin_user
        assert list(data_dir.iterdir()) == []

    def test_a_kept_page_is_replaced_only_where_that_is_ticked(self, look, confirm):
        Load.objects.update(body="Mine.")
        Server.objects.update(body="Mine.")
        both = NEW | changed("servers/httpd.md", "A server.", "Another server.")
        shown = look(both)
        assert shown.content.decode().count("<strong>kept</strong>") == 2
        confirm(shown, "loads/slow")
        assert Load.objects.get().body == "Another attack."
        assert Server.objects.get().body == "Mine."

    def test_what_changed_after_looking_is_shown_again(self, look, confirm):
        shown = look(NEW)
        Load.objects.update(title="Changed meanwhile")
        answer = confirm(shown)
        assert answer.status_code == 409
        assert "The catalog has changed since you looked" in answer.content.decode()
        assert Load.objects.get().body == "An attack."
        confirm(answer, "loads/slow")
        assert Load.objects.get().body == "Another attack."

    @pytest.mark.parametrize(
        "files, said",
        [
            (b"no zip", "This is no zip that can be read"),
            ({"../x.md": "x"}, "leads out of the bundle"),
            (NEW | {"loads/x.md": "x"}, "loads/x.md:1: must begin with a line of ---"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(
        self, look, files, said, data_dir
    ):
        answer = look(files)
        assert answer.status_code == 422 and said in answer.content.decode()
        assert not data_dir.exists() or list(data_dir.iterdir()) == []

    def test_a_zip_that_is_too_large_is_not_read(self, look):
        text = look(b"x" * (8 * 1024 * 1024 + 1)).content.decode()
        assert "A bundle must be at most 8388608 bytes, not 8388609" in text

    def test_without_a_zip_it_says_so(self, admin_client, small):
        assert "Choose a file first" in admin_client.post(PAGE).content.decode()
        text = admin_client.post(PAGE, {"apply": "1"}).content.decode()
        assert "choose it again" in text

    def test_zips_that_nobody_came_back_for_are_thrown_out(self, look, data_dir):
        look(NEW)
        (old,) = data_dir.iterdir()
        day_ago = time.time() - 25 * 3600
        os.utime(old, (day_ago, day_ago))
        look(NEW)
        assert (
            old not in list(data_dir.iterdir()) and len(list(data_dir.iterdir())) == 1
        )

    def test_files_that_came_from_the_site_change_nothing(self, look):
        assert "There is nothing to bring in" in look(FILES).content.decode()
