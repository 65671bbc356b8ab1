"""Whether labs are on, by what the doctor found."""

import pytest

from labs import host
from labs.bench.sandbox import doctor


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
        status = host.labs_status()
        assert (status.enabled, status.level) == (enabled, level)
        assert ("memory limit: there is none" in status.sentence) is not enabled

    def test_why_they_are_off_is_said_in_words(self, lab_home, settings):
        settings.LABS_MIN_LEVEL = "strict"
        lab_home.examined("degraded", "a", "b", "c", "d")
        assert host.labs_status().sentence == (
            "Labs are off: the sandbox of this host is degraded, and this site needs "
            "at least strict. a; b; c"
        )

    def test_without_a_report_they_are_off(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LABS_HOME", str(tmp_path))
        status = host.labs_status()
        assert (status.enabled, status.level) == (False, "unknown")

    def test_an_old_report_is_none(self, lab_home):
        lab_home.examined("strict", age_s=doctor.MOST_AGE_S + 1)
        assert host.labs_status().level == "unknown"

    async def test_a_fresh_one_is_not_made_again(self, lab_home):
        before = doctor.cached()
        await host.examine_if_stale()
        assert doctor.cached() == before
