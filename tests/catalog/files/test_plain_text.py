"""Characters that no text of the site may hold, on each way in."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from models_catalog.files.plain_text import fault_in
from models_catalog.models import Load, Picture, Source
from tests.catalog.forms import address, opened

BAD = ["a\0b", "a\x1b[2Jb", "a\x7fb", "a\x9bb", "a\u202eb", "a\u2066b", "a\ud800b"]
GOOD = [
    "",
    "Ülkü Ağır",
    "שלום",
    "مرحبا",
    "日本語",
    "👩‍💻",
    "e\u0301",
    "a\u200eb",
    "–·×",
]


class TestFault:
    @pytest.mark.parametrize("text", BAD, ids=ascii)
    def test_it_names_the_character(self, text):
        assert f"U+{ord(text[1]):04X}" in fault_in(text)
        assert fault_in({"key": ["fine", text]}) == fault_in(text)
        assert fault_in({text: 1})

    @pytest.mark.parametrize("text", GOOD, ids=ascii)
    def test_names_of_any_script_are_fine(self, text):
        assert fault_in(text, one_line=True) == ""

    @pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\tb"])
    def test_lines_are_for_texts_and_not_for_names(self, text):
        assert fault_in(text) == ""
        assert fault_in(text, one_line=True)


@pytest.mark.django_db
class TestWaysIn:
    @pytest.mark.parametrize("text", BAD, ids=ascii)
    @pytest.mark.parametrize(
        "row, name",
        [
            (Load(slug="x", title="X", kind="attack"), "title"),
            (Load(slug="x", title="X", kind="attack"), "summary"),
            (Load(slug="x", title="X", kind="attack"), "body"),
            (Source(slug="x", title="X", authors="X", year=1999), "authors"),
            (Picture(alt="X"), "alt"),
        ],
        ids=lambda value: value if isinstance(value, str) else type(value).__name__,
    )
    def test_a_row_is_refused(self, row, name, text):
        before = getattr(row, name)
        setattr(row, name, text)
        with pytest.raises(ValidationError) as refused:
            row.full_clean()
        setattr(row, name, before)
        assert name in refused.value.message_dict

    @pytest.mark.parametrize("text", [text for text in BAD if "\ud800" not in text])
    def test_a_form_of_the_admin_says_so(self, admin_client, small, text):
        load = Load.objects.get(slug="slow")
        data = opened(admin_client, Load, load.pk) | {"title": text}
        page = admin_client.post(address(Load, "change", load.pk), data)
        assert page.status_code == 200
        load.refresh_from_db()
        assert text != load.title

    def test_so_do_those_of_groups_and_accounts(self, admin_client):
        name = "curat\u202eor"
        page = admin_client.post("/admin/auth/group/add/", {"name": name})
        assert "U+202E" in page.content.decode()
        assert not Group.objects.filter(name=name).exists()
