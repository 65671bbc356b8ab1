"""Who may open which address: a row for each that the site has.

A row says who is let in, and what everybody else is answered. `login`: sent to log in;
`refused`: 403; `absent`: 404, as for what there is not. The admin answers its visitors
in two ways: who is no staff is sent to log in, the other staff is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.rights.roles import ACCOUNTS, EVERYBODY, STAFF

SUPERUSER = frozenset({"superuser"})
CURATOR = SUPERUSER | {"curator"}
CATALOG_READERS = CURATOR | {"teacher"}
OPERATOR = SUPERUSER | {"operator"}
RUN_READERS = OPERATOR | {"teacher"}
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """`path` where the route has parts to fill in, which may name rows of the site."""

    let_in: frozenset[str] = EVERYBODY
    others: str = "absent"
    path: str = ""
    method: str = "get"
    data: dict[str, str] = field(default_factory=dict)

    def answer(self, role: str) -> str:
        """Return what somebody in this role must be answered."""
        if role in self.let_in:
            return "open"
        if self.others == "admin":
            return "refused" if role in STAFF else "login"
        return self.others


def _draft(path: str, readers: frozenset[str] = CATALOG_READERS) -> Row:
    return Row(readers, path=path)


def _admin(let_in: frozenset[str], path: str = "", **more) -> Row:
    return Row(let_in, "admin", path, **more)


PUBLIC = Row()
LOGGED_IN = Row(frozenset(ACCOUNTS | STAFF), "login")
ANY_STAFF = frozenset(STAFF)

# Routes below which something of somebody's stands have `path`s to a draft.
ROWS: dict[str, Row] = {
    "": PUBLIC,
    "compare.csv": PUBLIC,
    "feeds/evidence.atom": PUBLIC,
    "feeds/pages.atom": PUBLIC,
    "labs/": PUBLIC,
    "labs/result.schema.json": PUBLIC,
    "labs/set.schema.json": PUBLIC,
    "labs/comparison.schema.json": PUBLIC,
    "labs/claims.schema.json": PUBLIC,
    "labs/<slug:scenario>/": Row(path="labs/slowloris/"),
    # A draft is run by nobody: its evidence would be for everybody.
    "claims/<slug:slug>/run": Row(NOBODY, path="claims/x/run", method="post"),
    "runs/": PUBLIC,
    "search/": PUBLIC,
    "models/": PUBLIC,
    "servers/": PUBLIC,
    "claims/": PUBLIC,
    "loads/": PUBLIC,
    "sources/": PUBLIC,
    "glossary/": PUBLIC,
    "compare/": PUBLIC,
    "models/<slug:slug>/": _draft("models/x/"),
    "servers/<slug:slug>/": _draft("servers/x/"),
    "claims/<slug:slug>/": _draft("claims/x/"),
    "loads/<slug:slug>/": _draft("loads/x/"),
    "sources/<slug:slug>/": _draft("sources/x/"),
    "cards/site.png": PUBLIC,
    # Pictures for other sites, and frames in them, know no visitor.
    "cards/<slug:group>/<slug:slug>.png": _draft("cards/models/x.png", NOBODY),
    "embed/models/<slug:slug>/": _draft("embed/models/x/", NOBODY),
    "embed/claims/<slug:slug>/": _draft("embed/claims/x/", NOBODY),
    "media/pictures/<str:name>": Row(NOBODY, path="media/pictures/x.png"),
    "robots.txt": PUBLIC,
    "sitemap.xml": PUBLIC,
    "accounts/login/": PUBLIC,
    "accounts/logout/": Row(method="post"),
    "accounts/second-factor/": LOGGED_IN,
    "accounts/password_change/": LOGGED_IN,
    "accounts/password_change/done/": LOGGED_IN,
    "accounts/password_reset/": PUBLIC,
    "accounts/password_reset/done/": PUBLIC,
    "accounts/reset/<uidb64>/<token>/": Row(path="accounts/reset/x/y/"),
    "accounts/reset/done/": PUBLIC,
    "admin/catalog/markdown/": _admin(CATALOG_READERS, method="post"),
    "admin/catalog/pictures/": _admin(CATALOG_READERS),
    "admin/catalog/bundle/": _admin(CURATOR),
    "admin/catalog/bundle/download/": _admin(CATALOG_READERS),
    "admin/": _admin(ANY_STAFF),
    "admin/login/": PUBLIC,
    "admin/logout/": _admin(EVERYBODY, method="post"),
    "admin/password_change/": _admin(ANY_STAFF),
    "admin/password_change/done/": _admin(ANY_STAFF),
    "admin/autocomplete/": _admin(NOBODY),
    "admin/jsi18n/": _admin(ANY_STAFF),
    "admin/r/<path:content_type_id>/<path:object_id>/": _admin(
        ANY_STAFF, "admin/r/{type_of_claim.pk}/{claim.pk}/"
    ),
}

_RUN = "runs/<uuid:run_id>/"
READ_A_RUN = [f"{_RUN}{end}" for end in ("", "outcome", "events", "series.csv")]
READ_A_RUN.append(f"{_RUN}result.json")
CHANGE_A_RUN = [f"{_RUN}{end}" for end in ("stop", "visibility")]
SEES_A_RUN = {
    "an account's private run": RUN_READERS | {"owner"},
    "a guest's private run": RUN_READERS | {"guest"},
    "a run by link": EVERYBODY,
    "a listed run": EVERYBODY,
}
CHANGES_A_RUN = {
    "an account's private run": OPERATOR | {"owner"},
    "a guest's private run": OPERATOR | {"guest"},
    "a run by link": OPERATOR | {"owner"},
    "a listed run": OPERATOR | {"owner"},
}

# --- the admin -----------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """Who may do what with one kind of row; `pages` are those beside Django's own."""

    view: frozenset[str]
    add: frozenset[str]
    change: frozenset[str]
    delete: frozenset[str]
    pages: dict[str, Row] = field(default_factory=dict)


def _of_catalog(name: str, number: str = "<int:object_id>") -> dict[str, Row]:
    base, one = f"admin/models_catalog/{name}", f"{{{name}.pk}}"
    version = f"{one}/history/{{{name}.first_version}}"
    return {
        "add/preview/": _admin(CURATOR, method="post"),
        f"{number}/preview/": _admin(CURATOR, f"{base}/{one}/preview/", method="post"),
        f"{number}/clone/": _admin(CURATOR, f"{base}/{one}/clone/", method="post"),
        "import/": _admin(CURATOR),
        "export/": _admin(CATALOG_READERS),
        "^([^/]+)/history/([^/]+)/$": _admin(CATALOG_READERS, f"{base}/{version}/"),
    }


_CATALOG = (CATALOG_READERS, CURATOR, CURATOR, CURATOR)
_PAGES = "claim concurrencymodel load server source glossaryterm".split()
KINDS: dict[str, Kind] = {
    "auth/group": Kind(SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER),
    "auth/user": Kind(
        SUPERUSER,
        SUPERUSER,
        SUPERUSER,
        SUPERUSER,
        {"<id>/password/": _admin(SUPERUSER, "admin/auth/user/{user.pk}/password/")},
    ),
    "labs/labrun": Kind(RUN_READERS, NOBODY, RUN_READERS, OPERATOR),
    "labs/evidence": Kind(
        RUN_READERS | CURATOR, NOBODY, RUN_READERS | CURATOR, SUPERUSER
    ),
    # An attempt is deleted to end the wait after wrong passwords.
    "axes/accessattempt": Kind(OPERATOR, NOBODY, OPERATOR, OPERATOR),
    "axes/accesslog": Kind(SUPERUSER, NOBODY, SUPERUSER, SUPERUSER),
    "axes/accessfailurelog": Kind(SUPERUSER, NOBODY, SUPERUSER, SUPERUSER),
    "accounts/auditentry": Kind(OPERATOR, NOBODY, OPERATOR, NOBODY),
    "models_catalog/picture": Kind(*_CATALOG),
    **{f"models_catalog/{name}": Kind(*_CATALOG, _of_catalog(name)) for name in _PAGES},
}
