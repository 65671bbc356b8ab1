"""What other apps may add to the catalog's pages: every hook, on one page.

The catalog imports no other app. An app with something to add subclasses `Hooks`,
overrides the methods that it has an answer for, and passes an instance to `register`
in its module (or package) `catalog_hooks`, which the catalog imports when all rows are
known. Every method may be asked at every visit unless it says otherwise.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Expression, Model

from models_catalog.models import Claim, Page


class Fault(NamedTuple):
    """What is wrong in a claim: in `runs` or `expect`, and there at `item`.

    `item` is the number of the entry, from 0; None where it is all of them.
    """

    key: str
    item: int | None
    sentence: str


class ClaimFacet(NamedTuple):
    """A filter of the list of claims: `value` gives a claim's, `labels` has them all.

    `name` is its name in addresses.
    """

    name: str
    label: str
    labels: Mapping[str, str]
    value: Expression


@dataclass(frozen=True)
class Document:
    """One thing to find. `key` never changes; `slug` is the end of its address.

    All texts are plain; `also` are other names of it, `body` the rest that it says.
    """

    kind: str
    key: str
    slug: str
    title: str
    also: str = ""
    summary: str = ""
    body: str = ""


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document: its word in addresses, its name for one and for many.

    `url` gives the address for a slug. `documents` gives all there are now. `rows` is
    the model whose rows they are, if a curator may hide some; of any other kind all are
    shown. `weight` is what a match counts: the few words of a source would come before
    every article otherwise.
    """

    word: str
    one: str
    many: str
    url: Callable[[str], str]
    documents: Callable[[], Iterable[Document]]
    rows: type[Page] | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class ShownRows:
    """Rows of another app that the catalog's pages show, so that a change makes cached
    pages stale. `is_shown` tells it of a saved row; a deleted one always counts.
    """

    model: type[Model]
    is_shown: Callable[[Any], bool] = lambda row: True


class Hooks:
    """What one app adds; by itself nothing."""

    def attention_items(self, kind: type[Page]) -> Mapping[int, list[str]]:
        """Return what a curator must see to, as sentences by a row's primary key.

        Asked for each kind of page, where the admin lists what needs attention and
        where it shows one row; the catalog's own sentences come first.
        """
        return {}

    def claim_faults(self, claim: Claim) -> Iterable[Fault]:
        """Return why a claim's `runs` and `expect` cannot be carried out.

        The catalog keeps both and does not know what they mean. The claim is a row, or
        the page of a content file with the same attributes. Asked only where both are
        filled in; what is found keeps the file or the import from becoming rows.
        """
        return ()

    def claim_facets(self) -> Iterable[ClaimFacet]:
        """Return filters for the list of claims; they stand before the catalog's."""
        return ()

    def page_state(self, view_name: str, arguments: Mapping[str, Any]) -> str:
        """Return a word for what a cached page shows beside rows of the catalog.

        A page that is the same for everybody is cached for as long as the catalog's
        rows stay as they are; another word gives another page. Asked at every visit of
        such a page, so it must be quick. Empty: the page shows nothing else.
        """
        return ""

    def shown_rows(self) -> Iterable[ShownRows]:
        """Return the app's rows that the catalog's pages show.

        Asked once, when the catalog is ready: `register` must have been called.
        """
        return ()

    def document_kinds(self) -> Iterable[DocumentKind]:
        """Return further kinds of document that search finds, after the catalog's."""
        return ()


_registered: list[Hooks] = []


def register(hooks: Hooks) -> None:
    """Add what an app has; called once by each."""
    _registered.append(hooks)


def registered() -> tuple[Hooks, ...]:
    """Return what every app adds, in the order of registration."""
    return tuple(_registered)
