"""Search, on both databases: what is found, in which order, and what never is."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_catalog import search
from models_catalog.models import ROWS, ConcurrencyModel, GlossaryTerm, Load, Server
from models_catalog.search.engine import TABLE
from tests.catalog import pages

pytestmark = pytest.mark.django_db

OPERATORS = [*"\"*^:-+&|!<>()'\\%_{}~@ ", "AND", "OR", "NOT", "NEAR(", "<->", ":*", "N"]
ANYTHING = st.text() | st.lists(st.sampled_from([*OPERATORS, "loop", "é"])).map("".join)


@pytest.fixture(autouse=True)
def filled(database):
    """Have a page of every kind, which came into the index as they were saved."""
    search.rebuild()
    pages.fill()


def found(text: str, kind: str = "") -> list[str]:
    """Return the addresses of what is found, best first."""
    return [hit.url for hit in search.find(text, kind)[0:20]]


def of(text: str, kind: str = "") -> list[str]:
    """The same without the labs' experiments."""
    return [url for url in found(text, kind) if not url.startswith("/labs/")]


class TestMatching:
    def test_a_word_is_found_in_every_kind_of_page(self):
        for text, url in {
            "reactor": "/models/single-event-loop/",
            "worker_connections": "/servers/nginx/",
            "2009": "/loads/slowloris/",
            "handles": "/glossary/#event-loop",
            "kegel": "/sources/kegel/",
            "taken": "/claims/pool-serves-n/",
        }.items():
            assert url in found(text), text

    def test_forms_of_a_word_are_one(self):
        assert "/models/thread-pool/" in found("thread")
        assert "/models/single-event-loop/" in found("connection waiting")

    def test_the_beginning_of_the_last_word_is_enough(self):
        assert "/loads/slowloris/" in found("slowlo")
        assert search.find("published slowlo").every
        assert not search.find("slowlo published").every

    def test_other_names_and_codes_are_found(self):
        assert found("reactor pattern")[0] == "/glossary/#event-loop"
        assert found("s3")[0] == "/claims/pool-serves-n/"

    def test_words_are_cut_at_all_that_is_no_letter_or_digit(self):
        for text in ("epoll_wait", "epoll wait", "http/1.1", "(HTTP) 1.1!"):
            assert "/models/single-event-loop/" in found(text), text

    def test_words_that_say_nothing_are_not_looked_for(self):
        answer = search.find("what is the event loop")
        assert answer.every and "/glossary/#event-loop" in found(
            "what is an event loop"
        )

    def test_where_no_page_has_all_words_those_with_some_are_shown(self):
        answer = search.find("kegel slowloris")
        assert not answer.every
        assert {"/sources/kegel/", "/loads/slowloris/"} <= set(found("kegel slowloris"))

    def test_nothing_is_found_for_no_words(self):
        for text in ("", " ", '"', "_*_", "zzzzqqqq"):
            assert len(search.find(text)) == 0 and found(text) == []

    def test_the_labs_experiments_are_among_it(self):
        assert "/labs/slowloris/" in found("slowloris")
        assert found("slowloris", "scenario")[0] == "/labs/slowloris/"


class TestSpelling:
    @pytest.mark.parametrize(
        "asked, meant, first",
        [
            ("thred pol", "Thread pool", "/models/thread-pool/"),
            ("eventloop", "event loop", "/glossary/#event-loop"),
            ("slow lorris", "Slowloris", "/loads/slowloris/"),
            ("Slow-Loris", "Slowloris", "/loads/slowloris/"),
        ],
    )
    def test_what_is_nearly_a_title_finds_that(self, asked, meant, first):
        answer = search.find(asked)
        assert answer.meant == meant and answer.every
        assert of(asked)[0] == first

    def test_what_is_found_as_it_stands_is_not_respelled(self):
        assert search.find("thread pools").meant == ""
        assert search.find("kegel slowloris").meant == ""

    def test_signs_that_make_a_name_are_not_dropped(self):
        Server.objects.create(
            slug="envoy",
            name="Envoy",
            summary="A proxy.",
            body="Written in C++, and read by C# users.",
            concurrency_model=ConcurrencyModel.objects.first(),
        )
        Server.objects.filter(slug="nginx").get().save()
        assert found("C++") == found("c# users") == ["/servers/envoy/"]

    def test_the_language_that_a_server_is_written_in_counts(self):
        server = Server.objects.get(slug="nginx")
        server.language = "C++"
        server.save()
        assert found("c++") == ["/servers/nginx/"]


class TestOrder:
    def test_an_exact_title_is_first(self):
        assert of("event loop")[0] == "/glossary/#event-loop"
        assert of("thread pool")[0] == "/models/thread-pool/"

    def test_a_title_comes_before_a_text(self):
        urls = of("loop")
        assert urls.index("/models/single-event-loop/") < urls.index(
            "/models/thread-pool/"
        )

    def test_a_source_comes_after_an_article_that_says_as_much(self):
        Load.objects.create(
            slug="c10k",
            title="The C10K problem today",
            kind="load",
            summary="Ten thousand clients.",
            body="The C10K problem is an old one.",
        )
        assert of("c10k problem") == ["/loads/c10k/", "/sources/kegel/"]

    def test_kinds_are_counted_and_can_be_chosen(self):
        answer = search.find("loop")
        assert answer.counts["model"] == 2 and answer.counts["term"] == 1
        assert found("loop", "server") == ["/servers/nginx/"]
        chosen = search.find("loop", "server")
        assert len(chosen) == 1 and chosen.counts == answer.counts
        assert len(search.find("loop", "nonsense")) == len(answer)

    def test_parts_follow_each_other_without_a_hole(self):
        for number in range(30):
            GlossaryTerm.objects.create(
                slug=f"t{number}", term=f"Thing {number}", definition="A zebra."
            )
        answer = search.find("zebra")
        urls = [hit.url for start in (0, 20) for hit in answer[start : start + 20]]
        assert len(answer) == len(urls) == len(set(urls)) == 30


class TestMarks:
    def test_matched_words_are_marked(self):
        hit = search.find("threads queue", "model")[0:1][0]
        assert hit.title == "<mark>Thread</mark> pool"
        assert "<mark>threads</mark>" in hit.excerpt
        assert "<mark>queue</mark>" in hit.excerpt

    def test_what_a_page_says_is_never_html(self):
        (hit,) = [
            hit
            for hit in search.find("script alert", "model")[0:9]
            if hit.url == "/models/thread-pool/"
        ]
        assert "<script" not in hit.excerpt and "&lt;" in hit.excerpt
        assert "<mark>alert</mark>" in hit.excerpt

    def test_a_page_cannot_mark_its_own_words(self):
        Server.objects.filter(slug="nginx").update(name="NG\x02INX\x03")
        call_command("catalog", "index", verbosity=0)
        (hit,) = search.find("worker_connections", "server")[0:1]
        assert hit.title == "NG INX"

    def test_what_is_shown_is_where_the_words_are(self):
        by_text = search.find("epoll_wait", "model")[0:1][0]
        assert "<mark>epoll</mark>" in by_text.excerpt
        by_title = search.find("nginx", "server")[0:1][0]
        assert by_title.excerpt == "A few worker processes, each with a loop."


class TestWhoSees:
    @pytest.mark.parametrize("state", ["draft", "scheduled"])
    def test_what_is_not_published_is_not_there(self, state):
        tomorrow = timezone.now() + timedelta(days=1)
        for rows in ROWS.values():
            rows.objects.update(status=state, publish_at=tomorrow)
        for text in ("loop", "kegel", "slowloris", "thread pool", "s3"):
            assert of(text) == [], text
            assert not set(search.find(text).counts) - {"scenario"}
        assert [
            hit for hit in search.nearest("thread pol") if "/models" in hit.url
        ] == []

    def test_a_scheduled_page_appears_by_itself_when_it_is_due(self):
        yesterday = timezone.now() - timedelta(days=1)
        Load.objects.update(status="scheduled", publish_at=yesterday)
        assert "/loads/slowloris/" in found("slowloris")


class TestIndex:
    def test_a_change_is_found_at_once_and_what_was_there_is_not(self):
        page = ConcurrencyModel.objects.get(slug="thread-pool")
        page.title, page.slug = "Pool of workers", "pool"
        page.save()
        assert of("pool workers")[0] == "/models/pool/"
        assert of("pool of workers")[0] == "/models/pool/"
        assert "/models/thread-pool/" not in found("pool")

    def test_a_deleted_page_is_gone(self):
        Load.objects.get(slug="slowloris").delete()
        assert "/loads/slowloris/" not in found("slowloris")

    def test_it_is_made_anew_with_the_same_pages(self, capsys):
        before = {text: found(text) for text in ("loop", "thread", "slowloris")}
        call_command("catalog", "index")
        said = capsys.readouterr().out
        assert said.endswith("documents are in the search index\n")
        assert {text: found(text) for text in before} == before

    def test_a_missing_table_is_made_and_filled(self, database):
        for ask in (lambda: found("loop"), lambda: search.nearest("thread pol")):
            with database.cursor() as cursor:
                cursor.execute(f"DROP TABLE {TABLE}")
            assert ask()

    def test_saving_a_page_does_not_need_the_table(self, database):
        with database.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TABLE}")
        Load.objects.create(slug="new", title="Newcomer", kind="load", summary="New.")
        assert found("newcomer")[0] == "/loads/new/"
        assert "/models/thread-pool/" in found("thread pool")


class TestAnything:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(text=ANYTHING)
    def test_no_text_is_an_error(self, text):
        answer = search.find(text)
        assert len(answer[0:20]) == min(20, len(answer))
        search.nearest(text)


class TestNearest:
    def test_a_slip_is_seen_through(self):
        assert [hit.url for hit in search.nearest("ngnix")] == ["/servers/nginx/"]
        assert search.nearest("slowlorys")[0].title == "Slowloris"
        assert search.nearest("zzzz") == []
