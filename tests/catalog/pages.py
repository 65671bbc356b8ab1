"""A few rows of every kind, for tests of finding them."""

from models_catalog.models import (
    Claim,
    ConcurrencyModel,
    GlossaryTerm,
    Load,
    Server,
    Source,
)


def fill() -> None:
    """Write one or two pages of each kind."""
    loop = ConcurrencyModel.objects.create(
        slug="single-event-loop",
        title="Single event loop",
        summary="One thread asks the kernel which connections are ready.",
        body="Also called the *reactor*. It waits in `epoll_wait`, over HTTP/1.1.",
        unit="event",
        io="non-blocking",
        order=20,
    )
    ConcurrencyModel.objects.create(
        slug="thread-pool",
        title="Thread pool",
        summary="A fixed number of threads serves connections from a queue.",
        body="An event loop would do <script>alert('loop')</script> it differently.",
        unit="thread",
        io="blocking",
        order=10,
    )
    server = Server.objects.create(
        slug="nginx",
        name="NGINX",
        summary="A few worker processes, each with a loop.",
        body="Set `worker_connections`.",
        concurrency_model=loop,
        language="C",
    )
    Load.objects.create(
        slug="slowloris",
        title="Slowloris",
        summary="Clients that never finish their request.",
        kind="attack",
        body="It was published in 2009.",
    )
    GlossaryTerm.objects.create(
        slug="event-loop",
        term="event loop",
        also=["reactor pattern"],
        definition="A loop that waits for events and handles them.",
    )
    Source.objects.create(
        slug="kegel",
        kind="article",
        title="The C10K problem",
        authors="Dan Kegel",
        year=1999,
    )
    claim = Claim.objects.create(
        slug="pool-serves-n",
        code="S3",
        statement="A pool of N threads serves N connections",
        body="Each thread is taken by one of them.",
    )
    claim.servers.add(server)
