"""A run so far, folded from its rows."""

import pytest

from labs.live import snapshot
from tests.labs import runs

pytestmark = pytest.mark.django_db

SHOWN = ("type", "seq", "t_s", "status", "phase", "sentence", "reason", "message")
KEYS = {*SHOWN, "over", "queue", "phases", "series", "probes", "board", "log", "words"}


class TestWhatItHolds:
    def test_a_waiting_run_has_its_place_in_the_queue(self):
        frame = snapshot.build(runs.make())
        assert frame.keys() == KEYS | {"verdict", "verdict_sentence"}
        assert (frame["type"], frame["seq"], frame["t_s"]) == ("snapshot", 0, 0.0)
        place = {"position": 1, "expected_wait_s": 0}
        sentence = "Number 1 in the queue; about 0 s to wait."
        assert frame["queue"] == place | {"sentence": sentence}
        assert frame["words"]["texts"]["sentence"] == sentence
        assert frame["series"] == {"t_s": []}

    @pytest.mark.parametrize("name", ["nginx-throughput", "single-thread-slowloris"])
    def test_the_columns_of_a_finished_run_are_those_of_its_result(self, name):
        run = runs.finished(name)
        frame = snapshot.build(run)
        assert frame["series"] == run.result["series"]
        result_probes = [e for e in run.result["events"] if e["type"] == "probe"]
        rows = [[e["t_s"], e["outcome"], e["latency_ms"]] for e in result_probes]
        ended = [row for row in rows if row[1] != "unfinished"]
        assert frame["probes"] == ended[: len(frame["probes"])]
        assert frame["verdict"] == run.result["verdict"]
        assert frame["verdict_sentence"] == run.result["sentence"]

    def test_phases_and_log_keep_their_order_and_times(self):
        run = runs.told([runs.measuring(0.5, "before"), runs.log("a", 0.6)])
        frame = snapshot.load(run.pk)
        assert frame["phases"][0]["phase"] == "before"
        assert frame["phases"][0]["t_s"] == 0.5
        line = {"t_s": 0.6, "source": "lab", "level": "info", "text": "a", "seq": 2}
        assert [{**row, "seq": 2} for row in frame["log"]] == [line]
        assert (frame["t_s"], frame["seq"]) == (0.6, 2)

    def test_the_board_is_the_last_that_was_seen(self):
        empty = runs.tick(0.4) | {"board": []}
        frame = snapshot.build(runs.told([runs.tick(0.2), empty]))
        assert frame["board"] == runs.tick(0.2)["board"]

    def test_a_board_that_was_told_in_changes_is_whole(self):
        (cell,) = runs.tick(0.2)["board"]
        new = cell | {"pid": 7}
        told = [
            runs.tick(0.2),
            runs.tick(0.4) | {"board": {"changed": [new], "gone": []}},
            runs.tick(0.6)
            | {"board": {"changed": [{"pid": 7, "threads": 5}], "gone": [2]}},
        ]
        frame = snapshot.build(runs.told(told))
        assert frame["board"] == [new | {"threads": 5}]

    def test_of_a_long_log_the_end_is_kept(self):
        frame = snapshot.build(runs.told([runs.log(str(n)) for n in range(510)]))
        assert [line["text"] for line in frame["log"]] == list(map(str, range(10, 510)))


class TestColumns:
    def test_a_name_that_comes_late_or_goes_is_filled_up(self):
        told = [runs.tick(0.2, a=1), runs.tick(0.4, a=2, b=3), runs.tick(0.6, b=4)]
        series = snapshot.build(runs.told(told))["series"]
        assert series == {
            "t_s": [0.2, 0.4, 0.6],
            "a": [1, 2, None],
            "b": [None, 3, 4],
        }


class TestSeq:
    def test_it_is_complete_up_to_its_number_and_no_further(self):
        run = runs.told([runs.tick(0.2, a=1), runs.tick(0.4, a=2)])
        run.last_seq = 1  # as the row was when it was read
        frame = snapshot.build(run)
        assert (frame["seq"], frame["series"]["t_s"]) == (1, [0.2])

    def test_twice_is_the_same(self):
        run = runs.finished()
        assert snapshot.load(run.pk) == snapshot.load(run.pk)
