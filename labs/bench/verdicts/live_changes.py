"""What commands changed in a run, read from its result. Pure.

A run that was changed is no longer the experiment whose settings it carries. What it
saw is told, and it is evidence for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs.bench.contracts.commands import KILL, SET
from labs.bench.contracts.events import Verdict
from labs.bench.contracts.scenario import Judgement, Scenario
from labs.bench.verdicts import reading as v

Document = Mapping[str, Any]
Command = Mapping[str, Any]


def commands(document: Document) -> list[Command]:
    """Return the commands that changed the run; those that were refused did not."""
    return [
        event
        for event in document["events"]
        if event["type"] == "command"
        and event["command"] in (SET, KILL)
        and event.get("done", True)
    ]


def told(document: Document) -> str:
    """Say what was changed and when; empty where nothing was."""
    return ", ".join(_told(document, each) for each in commands(document))


def judge(scenario: Scenario, document: Document) -> Judgement:
    """Judge a result; one that was changed is inconclusive, and says so."""
    judgement = scenario.judge(document)
    changed = commands(document)
    if not changed:
        return judgement
    sentence = f"It was changed while it ran ({told(document)}), so it proves nothing"
    killed = any(each["command"] == KILL for each in changed)
    if killed or not scenario.reads_changes:
        return Judgement(Verdict.INCONCLUSIVE, sentence)
    seen = judgement.sentence[:1].lower() + judgement.sentence[1:]
    return replace(
        judgement, verdict=Verdict.INCONCLUSIVE, sentence=f"{sentence}; {seen}"
    )


def _told(document: Document, command: Command) -> str:
    values, at_s = command["values"], command["t_s"]
    if command["command"] == KILL:
        return f"a {values['target']} killed at {v.seconds(at_s)}"
    ends_s = [
        phase["end_s"]
        for phase in document["phases"]
        if phase["start_s"] >= at_s and phase["end_s"] is not None
    ]
    until = f" to {v.seconds(min(ends_s))}" if ends_s else ""
    ((name, value),) = values.items()
    what = (
        v.count(value, "connection")
        if name == "connections"
        else f"{value:g} requests/s"
    )
    return f"{what} from {v.seconds(at_s)}{until}"
