"""Judges runs that commands changed while they went on. Pure.

Such a run is no longer the experiment whose settings it carries: the sentence still
says what was observed, and it is evidence for nothing.
"""

from dataclasses import replace

from labs.bench.contracts.commands import KILL, SET
from labs.bench.contracts.events import Verdict
from labs.bench.contracts.result_document import ResultDocument
from labs.bench.contracts.scenario import Judgement, Scenario
from labs.bench.contracts.stored_events import CommandEvent
from labs.bench.verdicts.wording import count, seconds


def commands(document: ResultDocument) -> list[CommandEvent]:
    """Return the commands that changed the run; those that were refused did not."""
    return [
        event
        for event in document["events"]
        if event["type"] == "command"
        and event["command"] in (SET, KILL)
        and event.get("done", True)
    ]


def changes(document: ResultDocument) -> str:
    """Say what was changed and when; empty where nothing was."""
    return ", ".join(_change(document, each) for each in commands(document))


def judge(scenario: Scenario, document: ResultDocument) -> Judgement:
    """Judge a result; one that was changed is inconclusive, and says so."""
    judgement = scenario.judge(document)
    changed = commands(document)
    if not changed:
        return judgement
    sentence = (
        f"It was changed while it ran ({changes(document)}), so it proves nothing"
    )
    killed = any(each["command"] == KILL for each in changed)
    # A sentence that reads the settings is not true of what was really done.
    if killed or not scenario.reads_changes:
        return Judgement(Verdict.INCONCLUSIVE, sentence)
    observed = judgement.sentence[:1].lower() + judgement.sentence[1:]
    return replace(
        judgement, verdict=Verdict.INCONCLUSIVE, sentence=f"{sentence}; {observed}"
    )


def _change(document: ResultDocument, command: CommandEvent) -> str:
    values, at_s = command.get("values", {}), command["t_s"]
    if command["command"] == KILL:
        return f"a {values['target']} killed at {seconds(at_s)}"
    # A change begins a phase of its own (`Schedule.split`).
    ends_s = [p["end_s"] for p in document["phases"] if p["start_s"] >= at_s]
    until = f" to {seconds(min(ends_s))}" if ends_s else ""
    ((name, value),) = values.items()
    what = (
        count(value, "connection") if name == "connections" else f"{value:g} requests/s"
    )
    return f"{what} from {seconds(at_s)}{until}"
