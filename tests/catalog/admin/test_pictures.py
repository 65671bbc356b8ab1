"""Pictures: what is taken, where it is kept, how it is served."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from models_catalog.markdown.render import render
from models_catalog.models import Load, Picture
from tests.catalog.forms import address
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

URL = "/admin/catalog/pictures/"


def bytes_of(form="PNG", size=(40, 30), **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "navy").save(file, form, **options)
    return file.getvalue()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def upload(admin_client):
    def upload(data, alt="A queue of clients", name="evil.html", credit="", **more):
        file = SimpleUploadedFile(name, data, content_type="text/html")
        fields = {"file": file, "alt": alt, "credit": credit}
        return admin_client.post(URL, fields)

    return upload


class TestUpload:
    @pytest.mark.parametrize(
        "form, ending, kind",
        [
            ("PNG", "png", "image/png"),
            ("JPEG", "jpg", "image/jpeg"),
            ("WEBP", "webp", "image/webp"),
        ],
    )
    def test_a_picture_is_kept_under_a_name_of_our_own(
        self, upload, client, form, ending, kind
    ):
        data = bytes_of(form)
        answer = upload(data)
        said = json.loads(answer.content)
        assert answer.status_code == 201 and (said["width"], said["height"]) == (40, 30)
        assert said["url"].startswith("/media/pictures/")
        assert said["url"].endswith(f".{ending}") and "evil" not in said["url"]
        served = client.get(said["url"])
        assert served.getvalue() == data and served["Content-Type"] == kind

    def test_it_is_served_as_a_picture_and_nothing_else(self, upload, client):
        url = json.loads(upload(bytes_of() + b"<script>alert(1)</script>").content)[
            "url"
        ]
        served = client.get(url)
        assert served["X-Content-Type-Options"] == "nosniff"
        assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "immutable" in served["Cache-Control"]

    def test_its_markdown_shows_it_with_its_words(self, upload):
        said = json.loads(upload(bytes_of(), alt="A [queue] of *clients*").content)
        page = Page(render(said["markdown"]))
        assert page.values("img", "alt") == ["A [queue] of *clients*"]
        assert page.values("img", "src") == [said["url"]]

    @pytest.mark.parametrize("alt", ["", "   "])
    def test_it_needs_alternative_text(self, upload, media, alt):
        answer = upload(bytes_of(), alt=alt)
        assert answer.status_code == 400
        assert json.loads(answer.content)["errors"]["alt"] == [
            "This field is required."
        ]
        assert not Picture.objects.exists() and not media.exists()

    def test_a_files_name_is_no_alternative_text(self, upload):
        errors = json.loads(upload(bytes_of(), alt="IMG_1234.JPG").content)["errors"]
        assert errors["alt"] == [
            "Say what the picture shows, not how its file is named"
        ]

    @pytest.mark.parametrize(
        "data",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<html><script>alert(1)</script></html>",
            b"GIF89a" + bytes(100),
            b"%PDF-1.4",
            bytes_of()[:40],
            bytes_of("GIF"),
            bytes_of("BMP"),
            bytes_of("TIFF"),
        ],
    )
    def test_anything_else_is_refused(self, upload, media, data):
        errors = json.loads(upload(data).content)["errors"]
        assert errors["file"] == ["A picture must be a PNG, JPEG or WebP file"]
        assert not Picture.objects.exists() and not media.exists()

    def test_an_empty_file_is_refused(self, upload):
        assert upload(b"").status_code == 400

    def test_one_that_is_too_large_is_refused(self, upload):
        data = bytes_of() + bytes(2 * 1024 * 1024)
        errors = json.loads(upload(data).content)["errors"]
        assert errors["file"][0].startswith("A picture must be at most 2097152 bytes")

    def test_a_small_file_of_very_many_pixels_is_refused(self, upload):
        data = bytes_of(size=(6000, 5000))
        assert len(data) < 200_000
        errors = json.loads(upload(data).content)["errors"]
        assert "at most 24000000 pixels, not 6000 × 5000" in errors["file"][0]


class TestServing:
    @pytest.mark.parametrize(
        "name",
        [
            "none.png",
            f"{'0' * 32}.png",
            f"{'0' * 32}.html",
            "../secret-key",
            "..%2Fsecret-key",
            "%2e%2e/secret-key",
        ],
    )
    def test_what_the_site_did_not_make_is_not_there(self, client, media, name):
        media.mkdir()
        (media / "secret-key").write_text("x")
        (media / "pictures").mkdir()
        (media / "pictures/none.png").write_bytes(b"x")
        assert client.get(f"/media/pictures/{name}").status_code == 404


class TestPicker:
    def test_it_lists_what_there_is(self, upload, admin_client):
        upload(bytes_of(), credit="Us, CC BY")
        (one,) = json.loads(admin_client.get(URL).content)["pictures"]
        assert one["alt"] == "A queue of clients" and one["credit"] == "Us, CC BY"

    def test_strangers_get_neither_list_nor_upload(self, client):
        for answer in (client.get(URL), client.post(URL)):
            assert answer.status_code == 302 and "/admin/login/" in answer["Location"]


class TestAdmin:
    def test_a_picture_that_a_page_shows_cannot_be_deleted(
        self, upload, admin_client, small, media
    ):
        said = json.loads(upload(bytes_of()).content)
        Load.objects.update(body=said["markdown"])
        page = address(Picture, "delete", Picture.objects.get().pk)
        text = admin_client.post(page, {"post": "yes"}).content.decode()
        assert "Slow heads" in text and Picture.objects.exists()
        Load.objects.update(body="No more.")
        admin_client.post(page, {"post": "yes"})
        assert not Picture.objects.exists()
        assert list((media / "pictures").iterdir()) == []

    def test_its_page_gives_the_markdown_and_who_shows_it(
        self, upload, admin_client, small
    ):
        said = json.loads(upload(bytes_of()).content)
        Load.objects.update(body=said["markdown"])
        page = address(Picture, "change", Picture.objects.get().pk)
        text = admin_client.get(page).content.decode()
        assert said["markdown"] in text and "Slow heads" in text
        assert 'type="file"' not in text

    def test_two_rows_of_one_picture_share_its_file(self, upload, admin_client, media):
        upload(bytes_of())
        upload(bytes_of(), alt="The same again")
        one, two = Picture.objects.all()
        assert one.url == two.url
        admin_client.post(address(Picture, "delete", one.pk), {"post": "yes"})
        assert (media / two.file.name).exists()
