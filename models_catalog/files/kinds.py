"""The kinds of content files: each page as a file has it, in plain values.

A field without a default must be given. `KEYS` says what a file calls a field where
that differs from the name here.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from models_catalog.choices import (
    AXIS_MAX,
    IO_STYLES,
    ISOLATIONS,
    LIMITS,
    LOAD_KINDS,
    SCHEDULERS,
    SOURCE_KINDS,
    UNITS,
)
from models_catalog.files.fields import Mappings, Numbers, Slugs, Texts

KEYS = {
    "parent": "parent_slug",
    "concurrency_model": "concurrency_model_slug",
    "models": "model_slugs",
    "servers": "server_slugs",
    "loads": "load_slugs",
    "sources": "source_slugs",
}
NAMES = {name: key for key, name in KEYS.items()}


@dataclass(frozen=True)
class ModelPage:
    """A concurrency model as a file has it; `position` is (x, y) on AXES, or ()."""

    slug: str
    title: str
    summary: str
    unit_of_concurrency: str
    io_style: str
    limit: str
    body: str
    parent_slug: str = field(metadata={"refers": "models"}, default="")
    order: int = 100
    unit: str = field(metadata={"choices": UNITS}, default="")
    io: str = field(metadata={"choices": IO_STYLES}, default="")
    scheduler: str = field(metadata={"choices": SCHEDULERS}, default="")
    isolation: str = field(metadata={"choices": ISOLATIONS}, default="")
    limited_by: str = field(metadata={"choices": LIMITS}, default="")
    position: Numbers = field(
        metadata={"least": 0, "most": AXIS_MAX, "length": 2}, default=Numbers()
    )


@dataclass(frozen=True)
class ServerPage:
    """A server as a file has it; a role is {"model": slug, "role": text}."""

    slug: str
    name: str
    concurrency_model_slug: str = field(metadata={"refers": "models"})
    summary: str
    body: str
    homepage: str = ""
    order: int = 100
    language: str = ""
    version: str = ""
    roles: Mappings = field(
        metadata={"refers": "models", "within": "model", "keys": ("model", "role")},
        default=Mappings(),
    )


@dataclass(frozen=True)
class LoadPage:
    """An attack, a load or an effect; `scenario` is the lab that makes it, or ""."""

    slug: str
    title: str
    kind: str = field(metadata={"choices": LOAD_KINDS})
    summary: str
    body: str
    scenario: str = ""
    order: int = 100


@dataclass(frozen=True)
class TermPage:
    """A term of the glossary; `also` are other spellings of it."""

    slug: str
    term: str
    definition: str
    also: Texts = Texts()
    body: str = ""


@dataclass(frozen=True)
class SourcePage:
    """A work that pages cite."""

    slug: str
    kind: str = field(metadata={"choices": SOURCE_KINDS})
    title: str
    authors: str
    year: int = field(metadata={"least": 1900, "most": 2100})
    venue: str = ""
    url: str = ""
    body: str = ""


@dataclass(frozen=True)
class ClaimPage:
    """A statement that can be checked; labs carry out `runs` and compare `expect`."""

    slug: str
    code: str
    statement: str
    body: str
    model_slugs: Slugs = field(metadata={"refers": "models"}, default=Slugs())
    server_slugs: Slugs = field(metadata={"refers": "servers"}, default=Slugs())
    load_slugs: Slugs = field(metadata={"refers": "loads"}, default=Slugs())
    source_slugs: Slugs = field(metadata={"refers": "sources"}, default=Slugs())
    runs: Mappings = Mappings()
    expect: Mappings = Mappings()
    order: int = 100


@dataclass(frozen=True)
class Content:
    """All pages by kind, in the order of their files, and where each came from.

    `paths` and `lines` are by (kind, slug): a Path, and the Lines of its front matter.
    `unread` has, by group, the names of files that could not be read. `publishing` has
    what a table says of who sees a page, and a file cannot: the columns of its row.
    """

    models: tuple[ModelPage, ...] = ()
    servers: tuple[ServerPage, ...] = ()
    loads: tuple[LoadPage, ...] = ()
    terms: tuple[TermPage, ...] = ()
    sources: tuple[SourcePage, ...] = ()
    claims: tuple[ClaimPage, ...] = ()
    paths: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)
    unread: dict = field(default_factory=dict)
    publishing: dict = field(default_factory=dict)

    def pages(self):
        """Return the pages of all kinds."""
        return tuple(page for group in GROUPS for page in getattr(self, group))

    def slugs(self, group):
        """Return the slugs of a group, those of files that could not be read too."""
        pages = {page.slug for page in getattr(self, group)}
        return pages | self.unread.get(group, set())


class Group(NamedTuple):
    """One kind of page: its class, the folder of its files, what one is called."""

    kind: type
    folder: str
    word: str


GROUPS = {
    "models": Group(ModelPage, "models", "model"),
    "servers": Group(ServerPage, "servers", "server"),
    "loads": Group(LoadPage, "loads", "load"),
    "terms": Group(TermPage, "glossary", "term"),
    "sources": Group(SourcePage, "sources", "source"),
    "claims": Group(ClaimPage, "claims", "claim"),
}
