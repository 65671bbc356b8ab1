"""What the catalog's tests share: rows from the files, and no lab on this machine."""

import pytest

from models_catalog import content, sync
from tests.catalog import bundle


@pytest.fixture(autouse=True)
def no_lab_here(monkeypatch, tmp_path):
    """Look for the lab root where there is none, so that no page starts a sandbox."""
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "no-labs"))


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords quickly: no test here is about them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def seeded(db):
    """Fill the catalog from the site's own files."""
    return sync.sync(sync.read())


@pytest.fixture
def small(db, tmp_path):
    """Fill the catalog from a small bundle, with one or two pages of each kind."""
    folder = bundle.write(tmp_path / "bundle")
    return sync.sync(content.read_all(folder, folder / "none"))
