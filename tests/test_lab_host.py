"""Which process runs the labs, and what those say that do not."""

import pytest

from concsite import lab_host
from labs.execution import host_status


@pytest.fixture(autouse=True)
def nobody_yet(settings, monkeypatch, tmp_path):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(lab_host, "_held", [])
    monkeypatch.setattr(host_status, "off_because", [])


def test_nobody_does_until_one_claims_it():
    assert lab_host.why_none() == lab_host.NOBODY
    lab_host.claim()
    lab_host.claim()
    assert lab_host.why_none() == ""


def test_labs_are_off_without_one_whatever_the_doctor_found(lab_home):
    assert host_status.labs_status().enabled
    host_status.off_because.append(lab_host.why_none)
    status = host_status.labs_status()
    assert (status.enabled, status.sentence) == (False, lab_host.NOBODY)
    lab_host.claim()
    assert host_status.labs_status().enabled
