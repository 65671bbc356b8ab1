"""The catalog in the admin: everything editable, with history and a way back."""

from models_catalog.admin.claim import ClaimAdmin
from models_catalog.admin.concurrency_model import ConcurrencyModelAdmin
from models_catalog.admin.load import LoadAdmin
from models_catalog.admin.picture import PictureAdmin
from models_catalog.admin.server import ServerAdmin
from models_catalog.admin.source import SourceAdmin
from models_catalog.admin.term import GlossaryTermAdmin

__all__ = [
    "ClaimAdmin",
    "ConcurrencyModelAdmin",
    "GlossaryTermAdmin",
    "LoadAdmin",
    "PictureAdmin",
    "ServerAdmin",
    "SourceAdmin",
]
