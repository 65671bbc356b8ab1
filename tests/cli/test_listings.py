"""`lab servers` and `lab scenarios`, as people and programs read them."""

import json

from django.core.management import call_command

from labs.plugins import registry

SERVER_KEYS = {
    "slug", "name", "version", "concurrency_model", "available", "reason", "knobs",
    "operations",
}  # fmt: skip


def said(capsys, *words: str) -> str:
    call_command("lab", *words)
    return capsys.readouterr().out


def test_servers_as_json(capsys):
    rows = json.loads(said(capsys, "servers", "--json"))
    assert [row["slug"] for row in rows] == list(registry.servers())
    for row in rows:
        assert row.keys() == SERVER_KEYS
        assert row["available"] is (row["reason"] is None)
        assert all(
            {"name", "type", "default", "help"} <= k.keys() for k in row["knobs"]
        )


def test_servers_for_people(capsys):
    text = said(capsys, "servers")
    for slug, driver in registry.servers().items():
        assert slug in text and driver.concurrency_model in text
    assert "1 to 64" in text  # a knob's bounds


def test_a_host_without_a_lab_root_says_how_to_get_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LABS_HOME", str(tmp_path))
    rows = json.loads(said(capsys, "servers", "--json"))
    assert rows and not any(row["available"] for row in rows)
    assert all("script/" in row["reason"] for row in rows)


def test_scenarios_as_json(capsys):
    rows = json.loads(said(capsys, "scenarios", "--json"))
    assert [row["slug"] for row in rows] == list(registry.scenarios())
    slowloris = next(row for row in rows if row["slug"] == "slowloris")
    assert slowloris["protocols"] == sorted(registry.protocols())
    assert slowloris["needs"] == ["ping"]
    connections = next(p for p in slowloris["params"] if p["name"] == "connections")
    assert (connections["low"], connections["high"]) == (1, 50_000)


def test_scenarios_for_people(capsys):
    text = said(capsys, "scenarios")
    for slug, scenario in registry.scenarios().items():
        assert f"{slug}: {scenario.title}" in text
