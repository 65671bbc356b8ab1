"""The catalog in and out of the admin as CSV tables."""

import csv
import io
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_catalog.admin.cloning import clone
from models_catalog.models import ROWS, Claim, ConcurrencyModel, Load, Server
from models_catalog.sync import tables
from tests.catalog.forms import address
from tests.catalog.reading import Page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    """Let tables wait in a directory of the test's own."""
    settings.DATA_DIR = tmp_path / "data"
    return settings.DATA_DIR / "bundles"


@pytest.fixture
def export(admin_client, small):
    def export(kind, **query) -> str:
        answer = admin_client.get(address(kind, "export"), query)
        assert (
            answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
        )
        return answer.content.decode()

    return export


@pytest.fixture
def bring(admin_client, small):
    """Upload a table; return the answer, or that to its confirmation."""

    def bring(kind, table, confirm=False):
        data = as_csv(table) if isinstance(table, list) else table
        data = data.encode() if isinstance(data, str) else data
        page = address(kind, "import")
        file = SimpleUploadedFile("t.csv", data)
        answer = admin_client.post(page, {"file": file})
        if not confirm:
            return answer
        return admin_client.post(page, {"apply": "1", "seen": answer.context["seen"]})

    return bring


def as_csv(rows: list[dict]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, [*dict.fromkeys(key for row in rows for key in row)])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def table_of(kind) -> list:
    return [
        row.content() | {"status": row.status} for row in kind.objects.for_content()
    ]


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def faults_of(answer) -> list[str]:
    assert answer.status_code == 422
    return answer.context["fault"].split("\n")


class TestRoundTrip:
    @pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS)
    def test_what_comes_out_goes_in_without_a_change(self, export, bring, kind):
        before, text = table_of(kind), export(kind)
        answer = bring(kind, text)
        assert answer.context["summary"] == f"{len(before)} unchanged"
        bring(kind, text, confirm=True)
        assert table_of(kind) == before

    @pytest.mark.parametrize("kind", [Claim, Load], ids=["claim", "load"])
    def test_and_makes_pages_again_that_are_gone(self, export, bring, kind):
        before, text = table_of(kind), export(kind)
        Claim.objects.all().delete()
        kind.objects.all().delete()
        bring(kind, text, confirm=True)
        assert table_of(kind) == before

    def test_columns_are_named_as_in_files(self, export):
        (first, *_) = csv.reader(io.StringIO(export(Server).removeprefix("\ufeff")))
        assert first[:4] == ["slug", "name", "concurrency_model", "summary"]
        assert first[-2:] == ["status", "publish_at"]

    def test_it_holds_what_the_list_shows(self, export):
        text = export(ConcurrencyModel, q="pool")
        assert [row["slug"] for row in rows_of(text)] == ["pool"]

    @pytest.mark.parametrize(
        "title",
        [
            '=HYPERLINK("http://a")',
            "+1",
            "-1",
            "@SUM(A1)",
            "'=1",
            "''-1",
            "＝1",
            "'tis",
        ],
    )
    def test_no_cell_is_a_formula_and_all_come_back(self, export, bring, title):
        Load.objects.update(title=title)
        text = export(Load)
        assert rows_of(text)[0]["title"][0] not in "=+-@＝"
        assert bring(Load, text).context["summary"] == "1 unchanged"
        Load.objects.update(title="Else")
        bring(Load, text, confirm=True)
        assert Load.objects.get().title == title

    def test_a_text_longer_than_a_cell_of_pythons_own_comes_back(self, export, bring):
        Load.objects.update(body="word " * 40_000 + "end")
        text = export(Load)
        assert bring(Load, text).context["summary"] == "1 unchanged"


def rows_of(text: str) -> list[dict]:
    assert text.startswith("\ufeff")
    return [*csv.DictReader(io.StringIO(text[1:]))]


class TestImport:
    def test_the_preview_shows_lines_and_changes_nothing(self, bring):
        answer = bring(Load, [{"slug": "slow", "body": "Other."}])
        page = Page(answer.content)
        assert "Other." in page.texts("ins") and "An attack." in page.texts("del")
        assert Load.objects.get().body == "An attack."

    def test_the_preview_writes_nothing_but_the_session(self, bring):
        row = {"slug": "pool", "title": "Other", "parent": "loop", "limit": "l"}
        with CaptureQueriesContext(connection) as queries:
            answer = bring(ConcurrencyModel, [row])
        changes = answer.context["changes"][0].changes
        assert {one.label for one in changes} == {"Title", "Parent", "Limit"}
        writes = [
            one["sql"]
            for one in queries
            if not one["sql"].startswith("SELECT")
            and "django_session" not in one["sql"]
        ]
        assert not [sql for sql in writes if "SAVEPOINT" not in sql]

    def test_what_is_confirmed_is_in_the_history(self, bring, admin_user, data_dir):
        table = [{"slug": "slow", "body": "Other."}]
        answer = bring(Load, table, confirm=True)
        assert answer.status_code == 302 and answer.url == address(Load, "changelist")
        newest = Load.objects.get().history.first()
        assert newest.body == "Other." and newest.history_user == admin_user
        assert newest.history_change_reason == "From a table"
        assert list(data_dir.iterdir()) == []

    def test_columns_that_are_not_there_stay(self, bring):
        bring(Claim, [{"slug": "pool-serves-n", "statement": "Else."}], confirm=True)
        claim = Claim.objects.get()
        assert claim.statement == "Else." and claim.model_slugs == ("loop", "pool")

    def test_what_a_curator_changed_is_replaced(self, bring):
        Load.objects.update(body="Mine.")
        bring(Load, [{"slug": "slow", "body": "Other."}], confirm=True)
        assert Load.objects.get().body == "Other."

    def test_a_new_page_is_a_draft_unless_the_table_says_otherwise(self, bring):
        new = {"title": "T", "kind": "load", "summary": "s", "body": "b"}
        rows = [
            {"slug": "a", "status": ""} | new,
            {"slug": "b", "status": "published"} | new,
        ]
        text = text_of(bring(Load, rows))
        assert "As a draft." in text and "As published." in text
        bring(Load, rows, confirm=True)
        found = dict(Load.objects.values_list("slug", "status"))
        assert found == {"slow": "published", "a": "draft", "b": "published"}

    def test_a_page_can_be_scheduled_in_utc(self, bring):
        row = {"slug": "slow", "status": "Scheduled", "publish_at": "2030-01-31 09:00"}
        bring(Load, [row], confirm=True)
        load = Load.objects.get()
        assert load.status == "scheduled"
        assert load.publish_at.isoformat() == "2030-01-31T09:00:00+00:00"

    def test_a_row_may_name_a_page_of_another_row(self, bring):
        new = {
            **{"title": "T", "summary": "s", "body": "b", "limit": "l"},
            **{"unit_of_concurrency": "u", "io_style": "i"},
        }
        rows = [
            {"slug": "child", "parent": "family"} | new,
            {"slug": "family", "parent": ""} | new,
        ]
        bring(ConcurrencyModel, rows, confirm=True)
        assert ConcurrencyModel.objects.get(slug="child").parent_slug == "family"

    def test_the_sites_own_files_do_not_take_it_away_again(self, bring):
        load = Load.objects.get()
        before = load.synced_digest
        bring(Load, [{"slug": "slow", "body": "Other."}], confirm=True)
        load.refresh_from_db()
        assert load.synced_digest == before and not load.is_as_in_file


class TestSpreadsheets:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_separators_are_read_where_there_is_no_doubt(self, bring, separator):
        rows = [["slug", "title", "summary"], ["slow", "A, b; c", "S"]]
        file = io.StringIO()
        csv.writer(file, delimiter=separator).writerows(rows)
        bring(Load, file.getvalue(), confirm=True)
        assert Load.objects.get().title == "A, b; c"

    def test_another_separator_is_named_with_what_was_missing(self, bring):
        (fault,) = faults_of(bring(Load, "slug|title\nslow|T"))
        assert fault == "t.csv:1: the column slug is missing"
        (fault,) = faults_of(bring(Load, "slug\nslow,T"))
        assert fault == (
            "t.csv:2: the row has 2 cells, and the first one 1 names; "
            "cells are separated by commas"
        )

    def test_blank_rows_and_columns_are_passed_over(self, bring):
        table = "slug;title;;;\n;;;;\nslow;Other;;;\n;;;;\n\n;;\n"
        bring(Load, table, confirm=True)
        assert Load.objects.get().title == "Other"

    def test_a_byte_order_mark_and_windows_line_breaks(self, bring):
        table = b'\xef\xbb\xbfslug,title,body\r\nslow,Other,"One.\r\n\r\nTwo."\r\n'
        bring(Load, table, confirm=True)
        assert Load.objects.get().body.splitlines() == ["One.", "", "Two."]


class TestBrokenTables:
    @pytest.mark.parametrize(
        "kind, row, said",
        [
            (Load, {"kind": "atack"}, "t.csv:3: kind must be one of"),
            (Load, {"title": ""}, "t.csv:3: missing: title"),
            (Load, {"body": " "}, "t.csv:3: missing: body"),
            (Load, {"order": "many"}, "order must be a whole number, not 'many'"),
            (Load, {"order": -1}, "t.csv:3: order: "),
            (Load, {"status": "gone"}, "t.csv:3: status must be one of draft, "),
            (Load, {"publish_at": "soon"}, "must be like 2026-12-31 09:00, not 'soon'"),
            (
                Load,
                {"status": "scheduled", "publish_at": ""},
                "t.csv:3: publish_at: A scheduled page needs a time",
            ),
            (Load, {"title": "x" * 200}, "t.csv:3: title: Ensure"),
            (
                Load,
                {"body": "A.\n\n<script>x</script>"},
                "t.csv:5: <script> is not shown",
            ),
            (Claim, {"models": "pol"}, "unknown model 'pol'; did you mean"),
            (Claim, {"runs": "[{"}, "runs must be a list, and this is no JSON"),
            (Claim, {"runs": "[1]"}, "an entry of runs must be lines of"),
            (
                Claim,
                {"runs": '[{"server": "nginx", "scenario": "slowlorris"}]'},
                "t.csv:3: Run 'nginx': Unknown scenario 'slowlorris'",
            ),
            (Server, {"concurrency_model": ""}, "missing: concurrency_model"),
            (Server, {"roles": '[{"model": "x"}]'}, "roles must be model and"),
        ],
    )
    def test_the_line_is_named_and_nothing_is_written(self, bring, kind, row, said):
        first = kind.objects.first()
        other, slug = clone(first), first.slug
        before = table_of(kind)
        good = cells_of(other, row)
        answer = bring(kind, [good, {"slug": slug} | row])
        (fault,) = faults_of(answer)
        assert fault.startswith("t.csv:") and said in fault
        assert "seen" not in Page(answer.content).values("input", "name")
        assert table_of(kind) == before

    def test_a_slug_that_is_none_and_a_new_page_that_lacks_most(self, bring):
        new = {"title": "T", "kind": "load", "summary": "s", "body": "b"}
        assert faults_of(bring(Load, [{"slug": "Not A Slug"} | new])) == [
            "t.csv:2: 'Not A Slug' is not a slug"
        ]
        assert faults_of(bring(Load, [{"slug": "new", "title": "T"}])) == [
            "t.csv:2: missing: kind, summary, body"
        ]

    @pytest.mark.parametrize(
        "table, said",
        [
            ("slug,slugg\nslow,x", "t.csv:1: unknown column 'slugg'; known: slug, t"),
            ("slug,body\nslow,a\nslow,b", "t.csv:3: slug 'slow' is line 2's already"),
            ("slug,body,body\nslow,a,b", "t.csv:1: column 'body' is given a second"),
            ("body\na", "t.csv:1: the column slug is missing"),
            ("slug,body\nslow,a,b,c", "t.csv:2: the row has 4 cells, and the first"),
            ('slug,body\nslow,"a', "t.csv:2: this is no CSV: unexpected end of data"),
            ("slug\n" + "a\n" * 2001, "t.csv:2002: a table has at most 2000 rows"),
            ("slug\n\0", "t.csv:2: this is no text"),
            ("", "t.csv:1: the table is empty"),
            (" \n", "t.csv:1: the table is empty"),
            (b"slug,body\nslow,\xff\xfe", "t.csv:2: this is not UTF-8. Save the table"),
        ],
    )
    def test_a_malformed_table_is_said(self, bring, table, said):
        (fault,) = faults_of(bring(Load, table))
        assert fault.startswith(said)
        assert Load.objects.get().body == "An attack."

    def test_a_line_of_csv_is_that_of_the_file(self, bring):
        table = (
            'slug,body,kind\n\nslow,"One.\n\nTwo.",load\nslow,"\n\n<iframe>",atack\n'
            'fast,"b\nc",atack\n'
        )
        assert faults_of(bring(Load, table)) == [
            "t.csv:6: slug 'slow' is line 3's already",
            "t.csv:10: kind must be one of attack, load, effect, not 'atack'",
            "t.csv:9: missing: title, summary",
        ]

    def test_all_faults_are_told_together(self, bring):
        table = (
            "slug,parent,position,titel,limit\n"
            "loop,lop,50,x,\n"
            "pool,,[5],x,l\n"
            "pool,,,x,l\n"
        )
        faults = faults_of(bring(ConcurrencyModel, table))
        assert [one.split("; ")[0] for one in faults] == [
            "t.csv:1: unknown column 'titel'",
            "t.csv:2: position must be 2 numbers, not 1",
            "t.csv:2: missing: limit",
            "t.csv:3: position must be 2 numbers, not 1",
            "t.csv:4: slug 'pool' is line 3's already",
        ]

    def test_faults_of_what_the_table_does_not_have_are_not_its_own(self, bring):
        Claim.objects.update(runs=[{"server": ["no"], "scenario": "no"}])
        rows = [{"slug": "pool-serves-n", "statement": "Else."}]
        bring(Claim, rows, confirm=True)
        assert Claim.objects.get().statement == "Else."

    def test_a_link_that_dies_is_a_warning(self, bring):
        old = "[a](/models/gone/)"
        Load.objects.update(body=old)
        new = f"{old} [b](/loads/new/)\n\n[c](/models/no/) [@kegel] [@kegl]"
        rows = [
            {"slug": "slow", "body": new, "title": "T", "kind": "load", "summary": "s"},
            {"slug": "new", "body": "B", "title": "N", "kind": "load", "summary": "s"},
        ]
        page = Page(bring(Load, rows).content)
        assert [
            unescape(one) for one in page.texts("li") if one.startswith("t.csv")
        ] == [
            "t.csv:4: dead link /models/no/",
            "t.csv:4: unknown source 'kegl'; did you mean 'kegel'?",
        ]
        assert "seen" in page.values("input", "name")

    def test_a_file_that_is_too_large_is_said(self, bring):
        answer = bring(Load, b"x" * (8 * 1024 * 1024 + 1))
        assert faults_of(answer) == [
            "A table must be at most 8388608 bytes, not 8388609"
        ]

    def test_what_became_impossible_after_the_preview_is_all_refused(
        self, admin_client, bring
    ):
        other = clone(Claim.objects.get())
        table = [
            {"slug": other.slug, "statement": "Else.", "loads": ""},
            {"slug": "pool-serves-n", "statement": "Else.", "loads": "slow"},
        ]
        seen = bring(Claim, table).context["seen"]
        Load.objects.all().delete()
        page = address(Claim, "import")
        answer = admin_client.post(page, {"apply": "1", "seen": seen})
        assert faults_of(answer) == ["t.csv:3: unknown load 'slow'"]
        assert not Claim.objects.filter(statement="Else.").exists()

    def test_the_name_of_a_waiting_file_is_never_the_forms(
        self, admin_client, bring, data_dir
    ):
        seen = bring(Load, [{"slug": "slow", "body": "b"}]).context["seen"]
        secret = data_dir / "secret"
        secret.write_text("slug,body\nslow,taken\n")
        form = {"apply": "1", "seen": seen, "import_file_name": "secret"}
        admin_client.post(address(Load, "import"), form | {"file_name": "secret"})
        assert Load.objects.get().body == "b" and secret.exists()


def cells_of(row, names) -> dict[str, str]:
    """Return what an export of a row has in some columns, and its slug."""
    file = io.StringIO()
    tables.write([row], type(row), file)
    (cells,) = rows_of(file.getvalue())
    return {name: cells[name] for name in ("slug", *names)}
