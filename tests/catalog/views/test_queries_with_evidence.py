"""How many questions pages ask where runs were made and claims have evidence of them.

With the whole catalog of the site's files: the real pages, each asked by nobody in
particular and by somebody logged in.
"""

import pytest
from django.core.cache import cache
from django.test import Client

from labs.claims import evaluation
from models_catalog.models import Claim
from tests.labs import claim_rows, runs
from tests.shared_rows import shared_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("measured")]

MAX = 8
FOUR = "a=event-loop&a=thread-pool&a=single-thread&a=green-threads"
COMPARED = [
    f"/compare/?kind=servers&{FOUR}",
    "/compare/?kind=servers&a=nginx&a=apache-prefork&a=node&a=caddy",
    "/compare/?kind=models&a=thread-pool&a=single-event-loop&a=actors&a=coroutines",
]
PAGES = [
    *("/", "/models/", "/servers/", "/claims/", "/loads/", "/sources/", "/glossary/"),
    *("/labs/", "/labs/slowloris/", "/runs/", "/search/?q=pool", "/compare/"),
    *("/models/thread-pool/", "/models/event-driven/", "/servers/nginx/"),
    *("/servers/apache-prefork/", "/loads/slowloris/", "/sources/niemiec-2025/"),
    "/claims/s5-slowloris-exhausts-a-pool/",
    "/claims/s3-processes-serve-as-many/",
    *("/embed/models/thread-pool/", "/embed/claims/s5-slowloris-exhausts-a-pool/"),
    *COMPARED,
    f"/compare/?{FOUR}",
    *("/compare.csv?a=nginx&a=node", f"/compare.csv?{FOUR}"),
    *("/feeds/pages.atom", "/feeds/evidence.atom"),
]


@shared_rows
def measured(seeded):
    """Make comparable runs of several servers, and evidence of two claims and more."""
    for server in ("nginx", "apache-prefork", "node", "event-loop", "thread-pool"):
        run = runs.finished("nginx-throughput", server=server)
        run.result["server"]["slug"] = server
        for row in run.result["findings"]:
            row["measured"] = (row["measured"] or 0) + len(server)
        run.save()
    for code in ("S3", "S5"):
        claim = Claim.objects.get(code=code)
        for at in range(3):
            claim_rows.run_for(claim, at=at)
    for claim in Claim.objects.all():
        evaluation.refresh(claim)


@pytest.fixture
def member(client, django_user_model):
    """Return somebody who is logged in, and no more than that."""
    client.force_login(django_user_model.objects.create_user("ann"))
    return client


@pytest.mark.parametrize("address", PAGES)
def test_a_page_that_nobody_has_asked_for_yet(
    client, address, django_assert_max_num_queries
):
    cache.clear()
    with django_assert_max_num_queries(MAX):
        assert client.get(address).status_code in (200, 302)


@pytest.mark.parametrize("address", PAGES)
def test_somebody_logged_in_asks_no_more_than_that_for_a_page_others_have_read(
    member, address, django_assert_max_num_queries
):
    cache.clear()
    Client().get(address)
    # One more: every answer to somebody asks whose session it is (second factor).
    with django_assert_max_num_queries(MAX + 1):
        assert member.get(address).status_code in (200, 302)


@pytest.mark.parametrize("address", COMPARED)
def test_a_comparison_is_that_cheap_for_them_though_none_is_kept(
    member, address, django_assert_max_num_queries
):
    cache.clear()
    with django_assert_max_num_queries(MAX) as asked:
        page = member.get(address)
    assert "Log out" in page.content.decode()
    assert page.context["choice"].pages and any("evidence" in q["sql"] for q in asked)
