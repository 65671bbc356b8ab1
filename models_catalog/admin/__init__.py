"""The catalog in the admin: everything editable, with history and a way back."""

from models_catalog.admin.kinds.claim import ClaimAdmin
from models_catalog.admin.kinds.concurrency_model import ConcurrencyModelAdmin
from models_catalog.admin.kinds.load import LoadAdmin
from models_catalog.admin.kinds.picture import PictureAdmin
from models_catalog.admin.kinds.server import ServerAdmin
from models_catalog.admin.kinds.source import SourceAdmin
from models_catalog.admin.kinds.term import GlossaryTermAdmin

__all__ = [
    "ClaimAdmin",
    "ConcurrencyModelAdmin",
    "GlossaryTermAdmin",
    "LoadAdmin",
    "PictureAdmin",
    "ServerAdmin",
    "SourceAdmin",
]
