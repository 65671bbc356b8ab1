"""`lab describe SERVER`: what a driver declares, as people and programs read it."""

import json

import pytest
from django.core.management import call_command

from labs.plugins import registry

KEYS = {
    "slug", "name", "concurrency_model", "worker_noun", "protocol", "availability",
    "binary", "helpers", "package", "operations", "not_applicable", "reload_signal",
    "busy_in", "meanings", "knobs", "settings", "signature", "worker_slots", "needs",
    "environment", "command", "files",
}  # fmt: skip


def output(capsys, *words: str) -> str:
    call_command("lab", "describe", *words)
    return capsys.readouterr().out


def described(capsys, *words: str) -> dict:
    return json.loads(output(capsys, *words, "--json"))


@pytest.mark.parametrize("slug", list(registry.servers()))
def test_every_server_can_be_described(capsys, slug):
    row = described(capsys, slug)
    assert row.keys() == KEYS and row["slug"] == slug
    assert row["command"] and row["files"]
    text = output(capsys, slug)
    for name in row["files"]:
        assert f"/lab/{name}" in text
    for call in row["signature"]["idle_in"]:
        assert call in text


def test_the_signature_is_that_of_the_knobs(capsys):
    row = described(capsys, "apache-event", "--knob", "processes=3")
    assert row["settings"]["processes"] == 3
    assert row["signature"]["processes"] == [4, 4]
    assert row["signature"]["threads"] == [103, 103]
    assert row["signature"]["slow_in"] == ["poll"]
    assert row["worker_slots"] == 96
    assert "StartServers 3" in row["files"]["httpd.conf"]


def test_what_does_not_apply_is_said_with_the_reason(capsys):
    text = output(capsys, "caddy")
    assert "no: Caddy runs no application" in text
    assert "connections served at once" in text and "no limit" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "Unknown server 'nowhere'; known: apache-event"),
        (("redis", "--knob", "color=red"), "Unknown setting 'color'"),
        (("redis", "--knob", "backlog=0"), "backlog must be between 1 and 4096"),
        (("redis", "--knob", "backlog"), "--knob must be NAME=VALUE"),
    ],
)
def test_a_wrong_request_is_refused_in_words(capsys, words, sentence):
    with pytest.raises(SystemExit) as refused:
        call_command("lab", "describe", *words)
    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err
