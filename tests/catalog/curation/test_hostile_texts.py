"""Whatever a text holds: checks say so, and no list, form or page goes with it."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import reverse
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from models_catalog import hooks
from models_catalog.curation import attention, claim_checks
from models_catalog.curation.attention import PageWarnings
from models_catalog.curation.link_check import LinkTargets, faults_in
from models_catalog.files.kinds import GROUPS
from models_catalog.markdown import unsafe
from models_catalog.markdown.bounds import complexity_of
from models_catalog.markdown.page_text import page_text
from models_catalog.markdown.references import Notes
from models_catalog.models import ROWS, Claim, GlossaryTerm, Load
from models_catalog.search.documents import of_row, plain
from tests.catalog.forms import address, opened
from tests.catalog.hostile import PIECES, TEXTS, long_texts

KNOWN = LinkTargets.from_slugs({group: {"a"} for group in GROUPS})
ANY_TEXT = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*PIECES, *TEXTS]), max_size=12).map("".join),
    st.text(alphabet="[]()/\\static.:@#%*_`<>|-~^!& \n\x00a", max_size=200),
)


def checked(text: str) -> None:
    """Put a text through all that looks at one."""
    faults_in(text, KNOWN)
    unsafe.faults_in(text)
    str(page_text(text, Notes))
    plain(text)


class TestChecks:
    @given(ANY_TEXT)
    @examples(max_examples=150, deadline=None)
    def test_none_raises(self, text):
        checked(text)

    @pytest.mark.parametrize("text", TEXTS)
    def test_nor_at_texts_that_once_did(self, text):
        checked(text)

    def test_a_link_out_of_the_folders_of_files_is_dead(self):
        (found,) = faults_in("[x](/static//x)", KNOWN)
        assert found == (1, "dead link /static//x")

    def test_all_of_them_come_to_an_end(self):
        # Far above what it takes: with the square of the length it would take days.
        code = (
            "import django; django.setup()\n"
            "from tests.catalog.hostile import long_texts\n"
            "from tests.catalog.curation.test_hostile_texts import checked\n"
            "for text in long_texts(100_000).values(): checked(text)\n"
        )
        environment = {"DJANGO_SETTINGS_MODULE": "concsite.settings"}
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=settings.BASE_DIR,
            env=environment | {"CONCSITE_DATA": str(settings.DATA_DIR)},
            check=True,
            timeout=500,
        )

    def test_no_more_is_named_than_somebody_reads(self):
        text = "[x](/no/)\n[@no]\n<script>\n\n" * 1000
        assert len(faults_in(text, KNOWN)) == 2 * unsafe.MAX_FINDINGS
        assert len(unsafe.faults_in(text)) <= unsafe.MAX_FINDINGS


class TestBounds:
    def test_usual_texts_are_within_them(self):
        for folder in (settings.CATALOG_CONTENT_DIR, settings.CATALOG_SERVER_PAGES):
            for path in folder.rglob("*.md"):
                assert complexity_of(path.read_text(encoding="utf-8")) == ""

    @pytest.mark.parametrize(
        "name", ["# a\n", "---\n", "wide table", "[", "\n", "nested stars"]
    )
    def test_what_is_beyond_is_refused_and_not_rendered(self, name):
        text = long_texts(100_000)[name]
        ((line, said),) = unsafe.faults_in(text)
        assert line == 1 and said == complexity_of(text) and "at most" in said
        assert f"This text is not shown. {said}".split(" signs ")[0] in str(
            page_text(text, Notes)
        )
        assert plain(text) == plain(text[:300_000])


@pytest.fixture
def broken_check(monkeypatch):
    """Let a check fail at one text, as a parser with a fault would."""

    def fail(text, known):
        if "broken" in text:
            raise RuntimeError("no such luck")
        return []

    monkeypatch.setattr("models_catalog.curation.warnings.faults_in", fail)


@pytest.mark.django_db
class TestRows:
    def test_one_broken_row_takes_no_list_with_it(self, small, broken_check, caplog):
        Load.objects.update(body="broken")
        (noticed,) = [
            one
            for one in attention.Attention([Load]).warned
            if one.page == Load.objects.get()
        ]
        said = "This text could not be checked: RuntimeError: no such luck"
        assert said in noticed.sentences
        (record, *_) = caplog.records
        assert record.exc_info and "load 'slow'" in record.getMessage()

    def test_a_hook_that_fails_is_a_finding(self, small, monkeypatch):
        class Failing(hooks.Hooks):
            def claim_faults(self, claim):
                raise OverflowError("too large")

            def attention_items(self, kind):
                raise KeyError(kind)

        monkeypatch.setattr(hooks, "_registered", [Failing()])
        (fault,) = claim_checks.faults_of(Claim.objects.get())
        assert "could not be checked: OverflowError" in fault.sentence
        assert PageWarnings().sentences(Claim.objects.get())

    @pytest.mark.parametrize("text", TEXTS)
    def test_staff_can_work_on(self, admin_client, small, text):
        for kind in ROWS.values():
            kind.objects.update(body=text, status="draft")
        assert admin_client.get("/admin/").status_code == 200
        for kind in (Load, Claim):
            pk = kind.objects.get().pk
            for page in (address(kind, "changelist"), address(kind, "change", pk)):
                assert admin_client.get(page).status_code == 200
            assert admin_client.get(address(kind, "export")).status_code == 200

    @given(text=ANY_TEXT)
    @example(text="[x](/static//x)")
    @examples(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_and_readers_can_read(self, client, small, text):
        for kind in ROWS.values():
            kind.objects.update(body=text)
        short = text[:100]
        Load.objects.update(title=short, summary=short)
        GlossaryTerm.objects.update(definition=short)
        for row in Load.objects.all():
            of_row(row)
            assert client.get(row.get_absolute_url()).status_code == 200
        for name in ("glossary", "changed_pages", "load_list", "source_list"):
            assert client.get(reverse(f"catalog:{name}")).status_code == 200
        assert client.get("/sitemap.xml").status_code == 200


@pytest.mark.django_db
class TestForms:
    @pytest.mark.parametrize(
        "text", ["[" * 5000, "1" * 5000, "[1e999]", '["\\ud800"]', "[NaN]", "x" * 10**5]
    )
    def test_json_that_python_fails_at_is_refused_in_words(
        self, admin_client, small, text
    ):
        claim = Claim.objects.get()
        data = opened(admin_client, Claim, claim.pk) | {"runs": [text]}
        answer = admin_client.post(address(Claim, "change", claim.pk), data)
        assert answer.status_code == 200
        assert "Enter JSON: " in answer.content.decode()
