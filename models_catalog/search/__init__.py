"""Search over all pages of the catalog, and over what other apps add.

One index table, made for the database at hand: FTS5 on SQLite, tsvector on PostgreSQL.
It is kept up to date as pages are saved and deleted, and can be made anew at any time:
nothing is in it that is not elsewhere. What visitors may not see is left out when they
ask, not when a page is saved, since a scheduled page appears without being saved.
"""

from models_catalog.search.asking import Answer, Hit, find, nearest
from models_catalog.search.documents import kinds
from models_catalog.search.index import follow_pages, rebuild

__all__ = [
    "Answer",
    "Hit",
    "find",
    "follow_pages",
    "kinds",
    "nearest",
    "rebuild",
]
