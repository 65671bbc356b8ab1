"""What tests of the site share: a pretended lab home, and people who visit."""

import gc
import json
import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from labs.bench.sandbox import doctor, lab_root, profile
from labs.plugins import availability, registry
from tests.scheduling import pytest_xdist_make_scheduler  # noqa: F401  a hook
from tests.shared_rows import open_rows, pytest_fixture_setup  # noqa: F401  a hook


def pytest_configure(config):
    """Let the site be loaded without collected static files."""
    config.addinivalue_line("filterwarnings", "ignore:No directory at:UserWarning")


def pytest_collection_finish():
    """Leave what is loaded by now to the end, without looking through it for garbage.

    A tenth of the processor time of tests that render pages went into that.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def plain_static_files():
    """Serve static files from where they are, under their own names."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = settings.STORAGES | {"staticfiles": plain}
    root = settings.BASE_DIR / "static"
    with override_settings(STATIC_ROOT=root, STORAGES=storages):
        yield


class LabHome:
    """A lab root of empty files, their remembered versions and a doctor's report."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = path / "root"
        (self.root / "usr/bin").mkdir(parents=True)
        remembered, drivers = {}, registry.servers().values()
        for helper in (helper for driver in drivers for helper in driver.helpers):
            self._install(self._file(helper))
        for driver in drivers:
            own = self._file(driver.binary)
            if driver.from_host:
                own = path / "bin" / driver.from_host
            self._install(own)
        for driver in drivers:  # when no file changes any more
            stamp = availability.stamp(driver, lab_root.find())
            remembered[driver.slug] = {"stamp": stamp, "version": "1.2.3"}
        (path / "versions.json").write_text(json.dumps(remembered))

    def _file(self, binary: str) -> Path:
        return self.root / binary.lstrip("/")

    def _install(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o755)

    def remove(self, binary: str) -> None:
        """Take a server away."""
        self._file(binary).unlink()

    def examined(self, level: str, *reasons: str, age_s: float = 0) -> None:
        """Leave the report of a doctor who was here `age_s` seconds ago."""
        doctor.save(
            doctor.Report(
                level=level,
                reasons=list(reasons),
                checks=[],
                profile=doctor._digest(),
                bwrap=profile.bwrap_version(),
                kernel=os.uname().release,
                took_s=0.1,
                at_s=time.time() - age_s,
            ),
            doctor.report_path(),
        )


@pytest.fixture
def lab_home(monkeypatch, tmp_path):
    """Pretend that every server is installed and the sandbox strict."""
    monkeypatch.setenv("LABS_HOME", str(tmp_path / "labs"))
    home = LabHome(tmp_path / "labs")
    home.examined("strict")
    return home


@pytest.fixture
def guest(db):
    """A browser with a session and no account."""
    return _browser()


@pytest.fixture
def stranger(db):
    """Another one."""
    return _browser()


@pytest.fixture
def ann(db):
    """A browser in which Ann is logged in."""
    return _browser(get_user_model().objects.create_user("ann"))


@pytest.fixture
def bob(db):
    """A browser in which Bob is logged in."""
    return _browser(get_user_model().objects.create_user("bob"))


@pytest.fixture
def staff(db):
    """A browser in which a superuser is logged in."""
    return _browser(get_user_model().objects.create_superuser("root"))


def _browser(user=None) -> Client:
    client = Client()
    if user is None:
        client.session.save()
    else:
        client.force_login(user)
    client.user = user
    return client
