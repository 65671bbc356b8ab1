"""Whether labs are on, by what the doctor found."""

import pytest

from labs.bench.sandbox import doctor
from labs.execution import host_status


class TestStatus:
    @pytest.mark.parametrize(
        "level, needed, enabled",
        [
            ("strict", "strict", True),
            ("strict", "degraded", True),
            ("degraded", "degraded", True),
            ("degraded", "strict", False),
            ("refuse", "degraded", False),
            ("refuse", "strict", False),
        ],
    )
    def test_the_level_must_reach_what_is_needed(
        self, lab_home, settings, level, needed, enabled
    ):
        settings.LABS_MIN_LEVEL = needed
        lab_home.examined(level, "memory limit: there is none")
        status = host_status.labs_status()
        assert (status.enabled, status.level) == (enabled, level)
        assert ("memory limit: there is none" in status.sentence) is not enabled

    def test_why_they_are_off_is_said_in_words(self, lab_home, settings):
        settings.LABS_MIN_LEVEL = "strict"
        lab_home.examined("degraded", "a", "b", "c", "d")
        assert host_status.labs_status().sentence == (
            "Labs are off: the sandbox of this host is degraded, and this site needs "
            "at least strict. a; b; c"
        )

    def test_without_a_report_they_are_off(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        status = host_status.labs_status()
        assert (status.enabled, status.level) == (False, "unknown")

    def test_an_old_report_is_none(self, lab_home):
        lab_home.examined("strict", age_s=doctor.MAX_AGE_S + 1)
        assert host_status.labs_status().level == "unknown"

    @pytest.mark.parametrize("left_s, calls", [(60, True), (doctor.MAX_AGE_S, False)])
    async def test_it_is_made_anew_before_the_old_one_ends(
        self, lab_home, other_doctor, left_s, calls
    ):
        lab_home.examined("strict", age_s=doctor.MAX_AGE_S - left_s)
        assert host_status.labs_status().enabled
        await host_status.examine_if_stale()
        assert other_doctor.exists() is calls


@pytest.fixture
def other_doctor(settings, tmp_path):
    """Put a doctor into a checkout of its own; return the file it leaves."""
    module = tmp_path / "labs/bench/sandbox/doctor.py"
    module.parent.mkdir(parents=True)
    module.write_text("open('called', 'w'); print('{\"level\": \"strict\"}')")
    settings.BASE_DIR = tmp_path
    return tmp_path / "called"
