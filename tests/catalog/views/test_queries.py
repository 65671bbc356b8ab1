"""How many questions a page asks the database: few, and not more with more rows."""

import pytest

from models_catalog.models import (
    Claim,
    ConcurrencyModel,
    GlossaryTerm,
    Load,
    Server,
    ServerRole,
    Source,
)

pytestmark = pytest.mark.django_db

MANY, MAX = 6, 8
TEXT = "A [@source-0] of [@source-1, part 2] and [one](term:term-0)."
PAGES = [
    "/",
    "/models/",
    "/models/?family=family&sort=name",
    "/claims/?model=family&server=server-0",
    "/sources/?kind=paper&sort=-year",
    "/loads/?kind=load",
    "/models/?unit=thread&a=model-0",
    "/servers/?lab=no&model=family",
    "/search/?q=model",
    "/search/?q=nothing+atall+zzz",
    "/models/family/",
    "/models/model-0/",
    "/servers/",
    "/servers/server-0/",
    "/claims/",
    "/claims/claim-0/",
    "/loads/",
    "/loads/load-0/",
    "/sources/",
    "/sources/source-0/",
    "/glossary/",
]
ADMIN_LISTS = ["concurrencymodel", "server"]


def fill(first: int, last: int) -> None:
    """Make rows of every kind with these numbers, each named by others."""
    family, _ = ConcurrencyModel.objects.get_or_create(slug="family", title="Family")
    for number in range(first, last):
        texts = {"body": TEXT, "slug": f"model-{number}"}
        model = ConcurrencyModel.objects.create(
            title="Model", parent=family, unit="event", position=(number, 0), **texts
        )
        ConcurrencyModel.objects.create(slug=f"other-{number}", title="Other")
        texts["slug"] = f"server-{number}"
        server = Server.objects.create(
            name="Server", language=f"L {number}", concurrency_model=model, **texts
        )
        ServerRole.objects.create(server=server, concurrency_model=family, role="All")
        texts["slug"] = f"load-{number}"
        load = Load.objects.create(title="Load", kind="load", **texts)
        texts["slug"] = f"source-{number}"
        source = Source.objects.create(title="Source", authors="A", year=1999, **texts)
        texts["slug"] = f"term-{number}"
        GlossaryTerm.objects.create(term=f"Term {number}", definition="It.", **texts)
        texts["slug"] = f"claim-{number}"
        claim = Claim.objects.create(code=f"C{number}", statement="Yes", **texts)
        about = ConcurrencyModel.objects.filter(slug__in=["family", "model-0"])
        claim.concurrency_models.set(about)
        claim.servers.set(Server.objects.filter(slug__in=["server-0", server.slug]))
        claim.loads.set(Load.objects.filter(slug__in=["load-0", load.slug]))
        claim.sources.add(source)


class TestQueries:
    @pytest.mark.parametrize("address", PAGES)
    def test_a_page_that_nobody_has_asked_for_yet_asks_for_little(
        self, client, django_assert_max_num_queries, address
    ):
        fill(0, 2)
        with django_assert_max_num_queries(MAX) as few:
            assert client.get(address).status_code == 200
        fill(2, MANY)
        with django_assert_max_num_queries(MAX) as many:
            assert client.get(address).status_code == 200
        assert len(few) == len(many)

    @pytest.mark.parametrize("address", ["/models/model-0/", "/loads/load-0/"])
    def test_and_the_second_time_only_whether_something_has_changed(
        self, client, django_assert_num_queries, address
    ):
        fill(0, 3)
        client.get(address)
        with django_assert_num_queries(1) as asked:
            assert client.get(address).status_code == 200
        assert "edition" in asked[0]["sql"]

    @pytest.mark.parametrize("kind", ADMIN_LISTS)
    def test_the_admins_lists_do_not_grow_either(
        self, admin_client, django_assert_max_num_queries, kind
    ):
        address = f"/admin/models_catalog/{kind}/"
        fill(0, 1)
        with django_assert_max_num_queries(20) as few:
            admin_client.get(address)
        fill(1, MANY)
        with django_assert_max_num_queries(len(few)) as many:
            page = admin_client.get(address)
        assert page.context["cl"].result_count >= MANY and len(many) == len(few)
