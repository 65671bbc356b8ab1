"""The contract of a scenario, held against every one there is and every recording."""

import copy
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs.bench.contracts.events import Status, Verdict
from labs.bench.contracts.loads import Load
from labs.bench.contracts.scenario import Judgement, Plan
from labs.bench.contracts.settings import settings_of
from labs.plugins import registry

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
SCENARIOS = registry.scenarios()
AIMS = re.compile(r"(^|_)(url|uri|host|port|address|target|ip)($|_)")


@pytest.fixture(params=SCENARIOS)
def scenario(request):
    return SCENARIOS[request.param]


def results(slug: str) -> list[dict[str, Any]]:
    """Return the results of the recorded runs of a scenario, not judged yet."""
    lines = [path.read_text().splitlines()[-1] for path in RECORDINGS.glob("*.jsonl")]
    documents = [json.loads(line)["result"] for line in lines]
    return [
        document | {"verdict": None, "sentence": "", "findings": []}
        for document in documents
        if document and document["scenario"]["slug"] == slug
    ]


def all_params(scenario) -> list:
    """Return parameters at the defaults, and with each alone at each of its bounds."""
    found = [scenario.Params()]
    for setting in settings_of(scenario.Params):
        bound = setting.bound
        values = {bound.low, bound.high, *bound.choices} - {None}
        if setting.kind is bool:
            values = {True, False}
        found += [
            scenario.Params(**{setting.name: setting.kind(value)}) for value in values
        ]
    return found


def cut(result: dict[str, Any], until_s: float) -> dict[str, Any]:
    """Return what would be there of a run if it had ended at that instant."""
    kept = sum(t_s <= until_s for t_s in result["series"]["t_s"])
    phases = [
        phase | {"end_s": min(phase["end_s"], until_s)}
        for phase in result["phases"]
        if phase["start_s"] <= until_s
    ]
    events = [event for event in result["events"] if event["t_s"] <= until_s]
    short = result | {"duration_s": until_s, "phases": phases, "events": events}
    return of_ticks(short, kept)


def of_ticks(result: dict[str, Any], kept: int) -> dict[str, Any]:
    """Return a result with the first ticks alone, and what is the most in them."""
    series = {name: column[:kept] for name, column in result["series"].items()}
    busy = [v for v in series.get("workers_busy", ()) if v is not None]
    summary = result["summary"] | {"workers_busy_max": max(busy, default=None)}
    return result | {"series": series, "summary": summary}


def truncated(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a result cut at many instants, and with parts of it emptied."""
    instants = {0.0, result["duration_s"]}
    for phase in result["phases"]:
        instants |= {phase["start_s"], phase["end_s"], phase["start_s"] + 0.1}
    short = [cut(result, until_s) for until_s in sorted(instants)]
    short += [of_ticks(result, 0), result | {"phases": []}, result | {"events": []}]
    return [
        *short,
        *(document | {"summary": unseen(document["summary"])} for document in short),
        result | {"trust": {"holds": True, "checks": []}},
    ]


def unseen(summary: dict[str, Any]) -> dict[str, Any]:
    """Return a summary in which nothing was counted: 0, and None for all the rest."""
    pool = {"worker_slots": summary["worker_slots"]}
    return {n: 0 if isinstance(v, int) else None for n, v in summary.items()} | pool


class TestWords:
    def test_its_article_asks_tells_how_and_how_to_read(self, scenario):
        headings = re.findall(r"^## (.+)$", scenario.article, re.MULTILINE)
        assert [h.split(" the charts")[0] for h in headings[:3]] == [
            "The question",
            "The method",
            "How to read",
        ]

    def test_its_question_is_one(self, scenario):
        assert scenario.title[0].isupper() and scenario.question.endswith("?")

    def test_each_parameter_has_bounds_a_label_and_help(self, scenario):
        for setting in settings_of(scenario.Params):
            bound = setting.bound
            assert bound.label[0].isupper() and bound.help.endswith("."), setting.name
            is_time = setting.name.endswith("_s") and not setting.name.endswith("per_s")
            assert (bound.unit == "s") == is_time
            if setting.kind in (int, float):
                assert bound.low <= setting.default <= bound.high

    def test_none_of_them_is_an_address(self, scenario):
        names = [setting.name for setting in settings_of(scenario.Params)]
        assert names and not [name for name in names if AIMS.search(name)]


class TestPlan:
    def test_the_same_parameters_make_the_same_plan(self, scenario):
        for params in all_params(scenario):
            assert scenario.plan(params) == scenario.plan(params)

    def test_every_phase_has_a_name_a_length_and_a_sentence(self, scenario):
        for params in all_params(scenario):
            plan = scenario.plan(params)
            assert isinstance(plan, Plan) and plan.phases
            for phase in plan.phases:
                assert re.fullmatch(r"[a-z][a-z0-9_]*", phase.name)
                assert phase.duration_s > 0 and phase.sentence
                assert phase.status in (Status.WARMING, Status.MEASURING)

    def test_every_load_is_one_the_engine_knows(self, scenario):
        for params in all_params(scenario):
            for phase in scenario.plan(params).phases:
                assert isinstance(phase.load, Load | None)
                assert phase.load is None or phase.load.connections >= 1

    def test_it_measures(self, scenario):
        statuses = {phase.status for phase in scenario.plan(scenario.Params()).phases}
        assert Status.MEASURING in statuses

    def test_each_parameter_changes_it(self, scenario):
        """Each in some other setting at least: a ladder's steps are of a ladder."""
        values = {s.name: set() for s in settings_of(scenario.Params)}
        for params in all_params(scenario):
            for name in values:
                values[name].add(getattr(params, name))
        changed = {
            name
            for params in all_params(scenario)
            for name in values
            for value in values[name]
            if scenario.plan(replace(params, **{name: value})) != scenario.plan(params)
        }
        assert changed == {setting.name for setting in settings_of(scenario.Params)}


class TestCharts:
    def test_their_lines_are_in_the_results_of_recorded_runs(self, scenario):
        found = results(scenario.slug)
        assert found, f"No run of {scenario.slug} is in tests/recordings"
        for result in found:
            drawn = {line.name for chart in scenario.charts for line in chart.series}
            assert drawn <= result["series"].keys()

    def test_each_line_is_somewhere_more_than_nothing(self, scenario):
        for chart in scenario.charts:
            columns = [
                result["series"][chart.series[0].name]
                for result in results(scenario.slug)
            ]
            assert any(value is not None for col in columns for value in col), (
                chart.slug
            )

    def test_names_and_titles_are_given_once(self, scenario):
        for names in (
            [chart.slug for chart in scenario.charts],
            [chart.title for chart in scenario.charts],
            *([line.label for line in chart.series] for chart in scenario.charts),
        ):
            assert names and len(set(names)) == len(names)


class TestJudge:
    def test_it_judges_alike_twice_and_leaves_the_document_alone(self, scenario):
        for result in results(scenario.slug):
            before = copy.deepcopy(result)
            assert scenario.judge(result) == scenario.judge(result)
            assert result == before

    def test_it_has_something_to_say_about_a_truncated_document(self, scenario):
        documents = [d for r in results(scenario.slug) for d in truncated(r)]
        assert len(documents) > 20
        for document in documents:
            judgement = scenario.judge(document)
            assert isinstance(judgement, Judgement)
            assert judgement.verdict in set(Verdict) and judgement.sentence

    def test_what_it_says_can_be_stored(self, scenario):
        for result in results(scenario.slug):
            judgement = scenario.judge(result)
            slugs = [finding.slug for finding in judgement.findings]
            assert slugs and len(set(slugs)) == len(slugs)
            for finding in judgement.findings:
                assert finding.holds in (True, False, None)
                json.dumps([finding.measured, finding.expected], allow_nan=False)

    def test_a_measurement_that_is_not_trusted_gets_no_verdict(self, scenario):
        check = {"slug": "late", "statement": "It was on time", "holds": False}
        check |= {"measured": "2 s", "expected": "0 s"}
        for result in results(scenario.slug):
            doubted = result | {"trust": {"holds": False, "checks": [check]}}
            judgement = scenario.judge(doubted)
            assert judgement.verdict == Verdict.INCONCLUSIVE
            assert "It was on time" in judgement.sentence
