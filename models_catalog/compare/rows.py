"""Which pages are put side by side, and the rows of what the catalog says of them."""

import difflib
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, QueryDict
from django.urls import reverse

from models_catalog.models import Claim, ConcurrencyModel, Server, ServerRole

MAX = 4
_KINDS = {"models": ConcurrencyModel, "servers": Server}
_WORDS = {"models": "concurrency model", "servers": "server"}
_ONE = {"models": ("parent",), "servers": ("concurrency_model__parent",)}
_RELATION = {"models": "concurrency_models", "servers": "servers"}


@dataclass(frozen=True)
class Choice:
    """What an address asks for: a kind, its pages in order, and those to choose from.

    `left_out` are the pages beyond the most that fit side by side.
    """

    kind: str
    pages: tuple
    offered: tuple
    left_out: tuple = ()
    hide_equal: bool = False

    @property
    def slots(self):
        """The slug in each place of the picker; empty for a place that is free."""
        slugs = [page.slug for page in self.pages]
        return slugs + [""] * (MAX - len(slugs))

    @property
    def query(self):
        """The address's query, always written the same way."""
        query = QueryDict(mutable=True)
        query["kind"] = self.kind
        query.setlist("a", [page.slug for page in self.pages])
        if self.hide_equal:
            query["hide"] = "equal"
        return query.urlencode()

    @property
    def address(self):
        """Where this comparison is."""
        return f"{reverse('catalog:compare')}?{self.query}"


@dataclass(frozen=True)
class CellPart:
    """A part of a cell: text, and an address if it leads to a page."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class TraitRow:
    """One trait of all pages: a tuple of cell parts for each."""

    label: str
    cells: tuple

    @property
    def is_equal(self):
        """Whether all pages have the same."""
        return len(set(self.cells)) == 1


@dataclass(frozen=True)
class ClaimRow:
    """A claim, and for each page whether it is about that."""

    claim: Claim
    about: tuple

    @property
    def is_equal(self):
        """Whether it is about all of them."""
        return all(self.about)


def read(query):
    """Return the choice in a request's GET; Http404 for a page that there is not.

    Without a kind it is that of which all the pages are, models first. At most two
    queries.
    """
    slugs = list(dict.fromkeys(filter(None, query.getlist("a"))))
    asked = query.get("kind")
    kinds = [asked] if asked in _KINDS else list(_KINDS)
    known = {}
    for kind in kinds:
        offered = known[kind] = {page.slug: page for page in _offered(kind)}
        if all(slug in offered for slug in slugs):
            break
    else:
        raise Http404(_why_not(slugs, known, kinds))
    pages = tuple(offered[slug] for slug in slugs)
    hide_equal = query.get("hide") == "equal"
    return Choice(kind, pages[:MAX], tuple(offered.values()), pages[MAX:], hide_equal)


def _offered(kind):
    rows = _KINDS[kind].objects.published().defer("body")
    return rows.select_related(*_ONE[kind])


def _why_not(slugs, known, kinds):
    """Say which of the slugs is no page, or that they are pages of several kinds.

    `known` are the pages that were looked at, of each kind by slug; `kinds` those that
    were asked for.
    """
    for kind in _KINDS.keys() - known.keys():
        known[kind] = {page.slug: page for page in _offered(kind)}
    nowhere = [slug for slug in slugs if not any(slug in o for o in known.values())]
    if not nowhere:
        are = ", ".join(f"{slug} is a {_kind_of(slug, known)}" for slug in slugs)
        return f"Only pages of one kind stand side by side: {are}"
    # One that is not known is taken for what the others are.
    likely = [kind for kind in kinds if any(slug in known[kind] for slug in slugs)]
    likely = likely[:1] or kinds
    word = _WORDS[likely[0]] if len(likely) == 1 else "page"
    pages = [slug for kind in likely for slug in known[kind]]
    near = difflib.get_close_matches(nowhere[0], pages, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"There is no {word} {nowhere[0][:60]!r} to compare{hint}"


def _kind_of(slug, known):
    return next(_WORDS[kind] for kind, offered in known.items() if slug in offered)


# --- rows -----------------------------------------------------------------------------


def traits(choice):
    """Return the rows of what the catalog says of the pages. At most two queries."""
    pages = list(choice.pages)
    if choice.kind == "models":
        followers = Prefetch("servers", Server.objects.published().defer("body"))
        prefetch_related_objects(pages, followers)
        return _rows(pages, _OF_MODELS)
    roles = ServerRole.objects.select_related("concurrency_model")
    prefetch_related_objects(pages, Prefetch("server_roles", roles))
    return _rows(pages, _OF_SERVERS)


def _rows(pages, wanted):
    rows = [TraitRow(label, tuple(map(read_of, pages))) for label, read_of in wanted]
    return [row for row in rows if any(row.cells)]


def _text(read_of):
    def parts(page):
        text = str(read_of(page) or "")
        return (CellPart(text),) if text else ()

    return parts


def _links(read_of):
    def parts(page):
        return tuple(
            CellPart(str(other), other.get_absolute_url())
            for other in read_of(page)
            if other is not None and other.is_published
        )

    return parts


def _roles(server):
    return tuple(
        CellPart(f"{role.concurrency_model}: {role.role}")
        for role in server.server_roles.all()
        if role.concurrency_model.is_published
    )


_TRAITS = (
    ("Serves a connection", lambda model: model.unit_of_concurrency),
    ("Unit of concurrency", lambda model: model.get_unit_display()),
    ("How it waits", lambda model: model.io_style),
    ("I/O", lambda model: model.get_io_display()),
    ("Who schedules", lambda model: model.get_scheduler_display()),
    ("Isolation from crashes", lambda model: model.get_isolation_display()),
    ("Limit", lambda model: model.limit),
)
_OF_MODELS = (
    ("In short", _text(lambda model: model.summary)),
    ("Family", _links(lambda model: [model.parent])),
    *((label, _text(read_of)) for label, read_of in _TRAITS),
    ("Servers that follow it", _links(lambda model: model.servers.all())),
)
_OF_SERVERS = (
    ("In short", _text(lambda server: server.summary)),
    ("Concurrency model", _links(lambda server: [server.concurrency_model])),
    ("Roles of models", _roles),
    ("Written in", _text(lambda server: server.language)),
    ("Version described", _text(lambda server: server.version)),
    *(
        (label, _text(lambda server, of=read_of: of(server.concurrency_model)))
        for label, read_of in _TRAITS
    ),
)


def claims(choice):
    """Return the rows of the claims about any of the pages. One query."""
    relation = _RELATION[choice.kind]
    through = getattr(Claim, relation).through
    # Rows of the table between them: each has a claim and the number of a page.
    other = f"{_KINDS[choice.kind]._meta.model_name}_id"
    between = through.objects.filter(
        **{f"{other}__in": [page.pk for page in choice.pages]},
        claim__in=Claim.objects.published().order_by(),
    )
    found, about = {}, {}
    rows = between.select_related("claim").defer("claim__body")
    for row in rows.order_by("claim__order", "claim__slug"):
        found[row.claim_id] = row.claim
        about.setdefault(row.claim_id, set()).add(getattr(row, other))
    return [
        ClaimRow(claim, tuple(page.pk in about[pk] for page in choice.pages))
        for pk, claim in found.items()
    ]


def models_of(choice):
    """Return the models whose diagrams play: the pages, or what servers follow."""
    if choice.kind == "models":
        return list(choice.pages)
    found = {page.concurrency_model: None for page in choice.pages}
    return [model for model in found if model.is_published]


def servers_of(choice):
    """Return for each model a server that follows it, where every one has any."""
    found = [next(iter(model.servers.all()), None) for model in choice.pages]
    return [] if None in found else list(dict.fromkeys(found))
