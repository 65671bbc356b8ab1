"""The catalog in and out of the admin as tables: CSV and JSON."""

import csv
import io
import json
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from models_catalog.admin.cloning import clone
from models_catalog.admin.transfer.resources import resource_for
from models_catalog.models import ROWS, Claim, ConcurrencyModel, Load, Server
from tests.catalog.forms import address
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db

CSV, JSON = "0", "1"


@pytest.fixture
def export(admin_client, small):
    def export(kind, form=JSON) -> str:
        page = address(kind, "export")
        answer = admin_client.post(page, {"format": form, "resource": "0"})
        assert (
            answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
        )
        return answer.content.decode()

    return export


@pytest.fixture
def bring(admin_client, small):
    """Upload a table; return the answer and, where it is offered, the confirmation."""

    def bring(kind, table, form=JSON, confirm=False):
        text = json.dumps(table) if isinstance(table, list) else table
        file = SimpleUploadedFile("table", text.encode())
        data = {"import_file": file, "format": form, "resource": "0"}
        answer = admin_client.post(address(kind, "import"), data)
        if not confirm:
            return answer
        fields = answer.context["confirm_form"].initial
        return admin_client.post(address(kind, "process_import"), fields)

    return bring


def table_of(kind) -> list:
    return [
        row.content() | {"status": row.status} for row in kind.objects.for_content()
    ]


class TestRoundTrip:
    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    @pytest.mark.parametrize("form", [CSV, JSON], ids=["csv", "json"])
    def test_what_comes_out_goes_in_without_a_change(self, export, bring, kind, form):
        before, text = table_of(kind), export(kind, form)
        answer = bring(kind, text, form)
        assert answer.context["result"].totals["skip"] == len(before)
        bring(kind, text, form, confirm=True)
        assert table_of(kind) == before

    @pytest.mark.parametrize("kind", [Claim, Load], ids=["claim", "load"])
    @pytest.mark.parametrize("form", [CSV, JSON], ids=["csv", "json"])
    def test_and_makes_pages_again_that_are_gone(self, export, bring, kind, form):
        before, text = table_of(kind), export(kind, form)
        Claim.objects.all().delete()
        kind.objects.all().delete()
        bring(kind, text, form, confirm=True)
        assert table_of(kind) == before

    def test_columns_are_named_as_in_files(self, export):
        (first, *_) = csv.reader(io.StringIO(export(Server, CSV)))
        assert first[:4] == ["slug", "name", "concurrency_model", "summary"]


class TestImport:
    def test_the_preview_shows_lines_and_changes_nothing(self, bring):
        answer = bring(Load, [{"slug": "slow", "body": "Other."}])
        page = Page(answer.content)
        assert "Other." in page.texts("ins") and "An attack." in page.texts("del")
        assert Load.objects.get().body == "An attack."

    def test_what_is_confirmed_is_in_the_history(self, bring, admin_user):
        table = [{"slug": "slow", "body": "Other."}]
        assert bring(Load, table, confirm=True).status_code == 302
        newest = Load.objects.get().history.first()
        assert newest.body == "Other." and newest.history_user == admin_user

    def test_columns_that_are_not_there_stay(self, bring):
        bring(Claim, [{"slug": "pool-serves-n", "statement": "Else."}], confirm=True)
        claim = Claim.objects.get()
        assert claim.statement == "Else." and claim.model_slugs == ("loop", "pool")

    def test_a_new_page_is_a_draft_unless_the_table_says_otherwise(self, bring):
        new = {"title": "T", "kind": "load", "summary": "s", "body": "b"}
        rows = [
            {"slug": "a", "status": ""} | new,
            {"slug": "b", "status": "published"} | new,
        ]
        bring(Load, rows, confirm=True)
        found = dict(Load.objects.values_list("slug", "status"))
        assert found == {"slow": "published", "a": "draft", "b": "published"}

    def test_a_row_may_name_a_page_of_a_row_above(self, bring):
        new = {
            **{"title": "T", "summary": "s", "body": "b", "limit": "l"},
            **{"unit_of_concurrency": "u", "io_style": "i"},
        }
        rows = [
            {"slug": "family", "parent": ""} | new,
            {"slug": "child", "parent": "family"} | new,
        ]
        bring(ConcurrencyModel, rows, confirm=True)
        assert ConcurrencyModel.objects.get(slug="child").parent_slug == "family"

    def test_the_sites_own_files_do_not_take_it_away_again(self, bring):
        load = Load.objects.get()
        before = load.synced_digest
        bring(Load, [{"slug": "slow", "body": "Other."}], confirm=True)
        load.refresh_from_db()
        assert load.synced_digest == before and not load.is_as_in_file


class TestBrokenTables:
    @pytest.mark.parametrize(
        "kind, row, said",
        [
            (
                Load,
                {"slug": "slow", "kind": "atack"},
                "table, item 2 (slow), kind: kind must be one of",
            ),
            (
                Load,
                {"slug": "slow", "title": ""},
                "table, item 2 (slow), title: title is missing",
            ),
            (Load, {"slug": "Not A Slug"}, "table, item 2 (Not A Slug): "),
            (
                Load,
                {"slug": "slow", "order": "many"},
                "must be a whole number, not 'many'",
            ),
            (Load, {"slug": "slow", "order": -1}, "table, item 2 (slow), order: "),
            (
                Load,
                {"slug": "slow", "status": "gone"},
                "table, item 2 (slow), status: ",
            ),
            (
                Load,
                {"slug": "slow", "publish_at": "soon"},
                "must be like 2026-12-31 09:00, not",
            ),
            (
                Load,
                {"slug": "slow", "title": "x" * 200},
                "table, item 2 (slow), title: Ensure",
            ),
            (
                Load,
                {"slug": "slow", "body": "A.\n\n<script>x</script>"},
                "table, item 2 (slow), body: Line 3: <script> is not shown",
            ),
            (Load, {"slug": "new", "title": "T"}, "table, item 2 (new), summary: "),
            (
                Claim,
                {"slug": "pool-serves-n", "models": "pol"},
                "unknown model 'pol'; did you mean",
            ),
            (
                Claim,
                {"slug": "pool-serves-n", "runs": "[{"},
                "runs must be a list, and this is no JSON",
            ),
            (
                Claim,
                {"slug": "pool-serves-n", "runs": "[1]"},
                "an entry of runs must be lines of",
            ),
            (
                Claim,
                {
                    "slug": "pool-serves-n",
                    "runs": '[{"server": "nginx", "scenario": "slowlorris"}]',
                },
                "runs: Run 'nginx': Unknown scenario 'slowlorris'",
            ),
            (
                Server,
                {"slug": "httpd", "concurrency_model": ""},
                "concurrency_model is missing",
            ),
            (
                Server,
                {"slug": "httpd", "roles": '[{"model": "x"}]'},
                "an entry of roles must be model and",
            ),
        ],
    )
    def test_the_row_is_named_and_nothing_is_written(self, bring, kind, row, said):
        other = clone(kind.objects.first())
        before = table_of(kind)
        good = dict.fromkeys(row, None) | {"slug": other.slug}
        for name in row.keys() - {"slug"}:
            good[name] = cell_of(other, name)
        answer = bring(kind, [good, row])
        text = Page(answer.content).texts("li")
        assert any(said in unescape(one) for one in text), text
        assert "confirm_form" not in answer.context
        assert table_of(kind) == before

    @pytest.mark.parametrize(
        "table, form, said",
        [
            ("slug,slugg\nslow,x", CSV, "Unknown column 'slugg'; known: slug, title"),
            (
                "slug,body\nslow,a\nslow,b",
                CSV,
                "table, line 3: slug 'slow' is line 2's already",
            ),
            ("body\na", CSV, "table: The column slug is missing"),
            (
                "slug,body\nslow,a,b\nslow,a,b,c",
                CSV,
                "table: This file cannot be read in the chosen format: line 3 has 4 ce",
            ),
            ("[{", JSON, "This file cannot be read in the chosen format"),
            ("{}", JSON, "This file cannot be read in the chosen format"),
            ("[1, 2]", JSON, "This file cannot be read in the chosen format"),
            (
                '[{"slug": "slow"}, {"body": "a"}]',
                JSON,
                "item 2 must have the columns of item 1: slug is missing, body is not",
            ),
            ("", CSV, "empty"),
        ],
    )
    def test_a_malformed_table_is_said(self, bring, table, form, said):
        answer = bring(Load, table, form)
        assert answer.status_code == 200 and said in text_of(answer)
        assert Load.objects.get().body == "An attack."

    def test_a_line_of_csv_is_that_of_the_file(self, bring):
        table = 'slug,body,kind\n\nslow,"One.\n\nTwo.",load\nslow-b,b,atack\n'
        text = text_of(bring(Load, table, CSV))
        assert "table, line 6 (slow-b), kind: kind must be one of" in text

    def test_all_faults_are_told_together_by_the_files_names(self, bring):
        table = (
            "slug,parent,position,titel,limit\n"
            "loop,lop,50,x,\n"
            "pool,,[5],x,l\n"
            "pool,,,x,l\n"
        )
        told = Page(bring(ConcurrencyModel, table, CSV).content).texts("li")
        told = [unescape(one) for one in told if one.startswith("table")]
        assert [one.split("; ")[0] for one in told] == [
            "table: Unknown column 'titel'",
            "table, line 4: slug 'pool' is line 3's already",
            "table, line 2 (loop), limit: limit is missing",
            "table, line 2 (loop), parent: unknown model 'lop'",
            "table, line 2 (loop), position: position must be 2 numbers, not 1",
            "table, line 3 (pool), position: position must be 2 numbers, not 1",
        ]

    def test_a_link_that_dies_is_a_warning(self, bring):
        old = "[a](/models/gone/)"
        Load.objects.update(body=old)
        new = f"{old} [b](/loads/new/)\n\n[c](/models/no/) [@kegel] [@kegl]"
        rows = [
            {"slug": "slow", "body": new, "title": "T", "kind": "load", "summary": "s"},
            {"slug": "new", "body": "B", "title": "N", "kind": "load", "summary": "s"},
        ]
        answer = bring(Load, rows)
        told = [unescape(one) for one in Page(answer.content).texts("li")]
        assert [one for one in told if one.startswith("table")] == [
            "table, item 1 (slow): line 3 of its text: dead link /models/no/",
            "table, item 1 (slow): line 3 of its text: unknown source 'kegl'; "
            "did you mean 'kegel'?",
        ]
        assert "confirm_form" in answer.context

    def test_bytes_that_are_no_text_are_said(self, admin_client, small):
        file = SimpleUploadedFile("t.csv", b"slug,body\nslow,\xff\xfe")
        data = {"import_file": file, "format": CSV, "resource": "0"}
        answer = admin_client.post(address(Load, "import"), data)
        assert "t.csv, line 2: this is not UTF-8" in text_of(answer)

    def test_a_file_that_is_too_large_is_said(self, admin_client, small):
        file = SimpleUploadedFile("t.csv", b"x" * (8 * 1024 * 1024 + 1))
        data = {"import_file": file, "format": CSV, "resource": "0"}
        answer = admin_client.post(address(Load, "import"), data)
        assert "must be at most 8388608 bytes, not 8388609" in text_of(answer)

    def test_what_became_impossible_after_the_preview_is_all_refused(
        self, admin_client, small
    ):
        other = clone(Claim.objects.get())
        table = [
            {"slug": other.slug, "statement": "Else.", "loads": ""},
            {"slug": "pool-serves-n", "statement": "Else.", "loads": "slow"},
        ]
        file = SimpleUploadedFile("t", json.dumps(table).encode())
        data = {"import_file": file, "format": JSON, "resource": "0"}
        answer = admin_client.post(address(Claim, "import"), data)
        Load.objects.all().delete()
        fields = answer.context["confirm_form"].initial
        answer = admin_client.post(address(Claim, "process_import"), fields)
        assert "Nothing was imported" in text_of(answer)
        assert "unknown load" in text_of(answer)
        assert not Claim.objects.filter(statement="Else.").exists()


def cell_of(row, name):
    """Return what an export of a row has in a column."""
    columns = resource_for(type(row))().get_import_fields()
    (column,) = (one for one in columns if one.column_name == name)
    return column.export(row)


def text_of(answer) -> str:
    return unescape(answer.content.decode())
