"""What people read on a run: a text for each place, from its events."""

import pytest

from labs.plugins import registry
from labs.presentation.run_state import RunState
from labs.presentation.run_words import RunWords
from tests.labs import runs

NAMES = sorted(path.stem for path in runs.RECORDINGS.glob("*.jsonl"))


def words_of(*told, scenario="slowloris"):
    """Return the words of a run, and those of its last event."""
    words = RunWords(RunState(), registry.scenarios()[scenario])
    for event in told:
        last = words.after(event["type"], event["t_s"], payload_of(event))
    return words, last


def payload_of(event):
    shown = {"verdict": None, "verdict_sentence": ""} | event
    return {name: v for name, v in shown.items() if name not in ("type", "t_s")}


class TestTexts:
    def test_a_phase_has_its_label_sentence_and_line(self):
        _, last = words_of(runs.measuring(1.25, "attack"))
        assert last == {
            "texts": {"status": "Measuring", "time": "1.3 s", "sentence": "Now attack"},
            "timeline": ["1.3 s Now attack"],
        }

    def test_a_phase_without_a_sentence_is_called_by_its_name(self):
        event = runs.measuring(1, "attack") | {"sentence": ""}
        assert words_of(event)[1]["timeline"] == ["1.0 s attack"]

    def test_a_line_of_the_log_has_its_time(self):
        _, last = words_of(runs.log("a", 12.346))
        assert last == {"texts": {"time": "12.3 s"}, "log_time": "12.35 s"}

    def test_a_tick_has_sentences_cells_and_the_board(self):
        _, last = words_of(runs.tick(0.2, slow_held=3))
        texts = last["texts"]
        assert texts["probe-summary"].startswith("1 of 1 probes were answered")
        charts = registry.scenarios()["slowloris"].charts
        assert {f"chart-{chart.slug}" for chart in charts} < texts.keys()
        assert {slug: row[0] for slug, row in last["cells"].items()} == {
            chart.slug: "0.2" for chart in charts
        }
        assert last["board"]["rows"][0][:3] == [2, "nginx 2", "1"]

    def test_a_scenario_without_a_probe_says_nothing_of_it(self):
        _, last = words_of(runs.tick(0.2), scenario="throughput")
        assert "probe-summary" not in last["texts"]

    def test_at_the_end_the_outcome_speaks(self):
        _, last = words_of(runs.measuring(0.1), runs.ended(1.0))
        assert last["texts"] == {"status": "Finished", "time": "1.0 s", "sentence": ""}

    def test_before_anything_happened_no_time_is_shown(self):
        texts = RunWords(RunState(), None).whole()["texts"]
        assert (texts["status"], texts["time"]) == ("Queued", "")


class TestFolding:
    @pytest.mark.parametrize("name", NAMES)
    def test_event_by_event_they_come_to_what_the_whole_says(self, name):
        told = runs.recording(name)
        scenario = registry.scenarios()[told[-1]["result"]["scenario"]["slug"]]
        one_by_one = RunWords(RunState(), scenario)
        texts = dict(one_by_one.whole()["texts"])
        timeline = []
        state = RunState()
        for event in told:
            of_event = event["type"], event["t_s"], payload_of(event)
            words = one_by_one.after(*of_event)
            texts |= words["texts"]
            timeline += words.get("timeline", [])
            state.fold(*of_event)
        whole = RunWords(state, scenario).whole()
        assert one_by_one.whole() == whole
        assert (texts, timeline) == (whole["texts"], whole["timeline"])
