"""The catalog's rows, which a curator keeps.

Files seed them (`catalog sync`). A row remembers the digest of the file it came from:
while its own digest is the same, the file may change it; once a curator has changed it,
the file may not.
"""

from models_catalog.models.claim import Claim
from models_catalog.models.concurrency_model import ConcurrencyModel
from models_catalog.models.edition import Edition
from models_catalog.models.glossary import GlossaryTerm
from models_catalog.models.load import Load
from models_catalog.models.page import Page, PageQuerySet
from models_catalog.models.picture import Picture
from models_catalog.models.server import Server, ServerRole
from models_catalog.models.source import Source

# Every kind of page by its group in content files, each after those that it names.
ROWS = {
    "models": ConcurrencyModel,
    "servers": Server,
    "loads": Load,
    "terms": GlossaryTerm,
    "sources": Source,
    "claims": Claim,
}

__all__ = [
    "ROWS",
    "Claim",
    "ConcurrencyModel",
    "Edition",
    "GlossaryTerm",
    "Load",
    "Page",
    "PageQuerySet",
    "Picture",
    "Server",
    "ServerRole",
    "Source",
]
