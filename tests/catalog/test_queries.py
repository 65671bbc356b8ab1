"""How many questions a page asks the database: the same however many rows there are."""

import pytest

from models_catalog.models import ConcurrencyModel, Server

pytestmark = pytest.mark.django_db

MANY = 40
# Each with what it must ask for: the rows, and what belongs to them.
PAGES = {
    "/models/": 4,  # with the families and the counts of the facets
    "/models/?family=family&sort=name": 4,
    "/models/family/": 4,
    "/servers/": 4,  # with the models and languages to choose from, and the counts
    "/servers/?lab=no&model=family": 4,
    "/servers/server-0/": 1,
    "/search/?q=model": 2,  # what there is of each kind, and the first of it
    "/search/?q=nothing+atall+zzz": 3,  # all words, any word, what is like them
    "/": 2,
}


def fill(count: int) -> None:
    """Make a family with this many children, servers of it and servers of them."""
    family, _ = ConcurrencyModel.objects.get_or_create(slug="family", title="Family")
    for number in range(ConcurrencyModel.objects.count() - 1, count):
        model = ConcurrencyModel.objects.create(
            slug=f"model-{number}",
            title="Model",
            parent=family,
            unit="event",
            position=(number, number),
        )
        ConcurrencyModel.objects.create(slug=f"other-{number}", title="Other")
        for owner in (model, family):
            Server.objects.create(
                slug=f"server-{Server.objects.count()}",
                name="Server",
                language=f"Language {number}",
                concurrency_model=owner,
            )


class TestQueries:
    @pytest.mark.parametrize("address, expected", PAGES.items(), ids=PAGES)
    def test_they_do_not_grow_with_the_rows(
        self, client, django_assert_num_queries, address, expected
    ):
        for count in (1, MANY):
            fill(count)
            with django_assert_num_queries(expected):
                assert client.get(address).status_code == 200

    def test_a_childs_page_asks_for_its_family_at_once(
        self, client, django_assert_num_queries
    ):
        fill(MANY)
        with django_assert_num_queries(4):
            assert client.get("/models/model-0/").status_code == 200

    @pytest.mark.parametrize("kind", ["concurrencymodel", "server"])
    def test_the_admins_lists_do_not_grow_either(
        self, admin_client, django_assert_max_num_queries, kind
    ):
        address = f"/admin/models_catalog/{kind}/"
        fill(1)
        with django_assert_max_num_queries(20) as few:
            admin_client.get(address)
        fill(MANY)
        with django_assert_max_num_queries(len(few)) as many:
            page = admin_client.get(address)
        assert page.context["cl"].result_count >= MANY and len(many) == len(few)
