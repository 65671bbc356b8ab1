"""The inside view in words, from boards such as runs leave."""

import pytest

from labs.bench.observer.board import fold
from labs.presentation import inside_view
from tests.labs import runs


def group(call, meaning, number, state="S"):
    tids = list(range(number))
    return {"state": state, "call": call, "meaning": meaning, "tids": tids}


IDLE = group("futex", "idle in the pool", 30)
SLOW = group("poll", "waiting for a slow client", 2)


def cell(pid, parent=1, **changed):
    return {
        "pid": pid,
        "parent": parent,
        "name": "apache2",
        "threads": 32,
        "rss_bytes": 3 * 2**20,
        "pss_bytes": 2**19,
        "open_files": 9,
        "connections": 2,
        "cpu_percent": 12.5,
        "switches_per_s": 1500.0,
        "tasks": [IDLE, SLOW],
    } | changed


class TestDoing:
    def test_threads_are_counted_by_what_they_do(self):
        assert inside_view.doing(cell(3)) == (
            "30 idle in the pool (futex), 2 waiting for a slow client (poll)"
        )

    def test_the_only_thread_is_not_counted(self):
        only = group("accept4", "waiting to accept", 1)
        assert inside_view.doing(cell(3, tasks=[only])) == "waiting to accept (accept4)"

    def test_one_that_runs_stands_in_no_call(self):
        tasks = [group("running", "on the CPU", 1, "R"), IDLE]
        words = inside_view.doing(cell(3, tasks=tasks))
        assert words == "30 idle in the pool (futex), 1 on the CPU"

    def test_a_state_that_is_not_usual_is_said(self):
        tasks = [group("fsync", "at a file", 1, "D")]
        assert inside_view.doing(cell(3, tasks=tasks)) == "at a file (fsync, state D)"

    def test_alike_ones_are_one_whatever_their_state(self):
        tasks = [IDLE, group("futex", "idle in the pool", 1, "R")]
        assert inside_view.doing(cell(3, tasks=tasks)) == "31 idle in the pool (futex)"

    def test_a_board_of_an_earlier_version_has_calls_alone(self):
        board = runs.recording("apache-worker-slowloris")[9]["board"]
        assert any(inside_view.doing(each).startswith("32 futex") for each in board)

    def test_a_process_of_which_no_thread_was_seen_does_nothing(self):
        assert inside_view.doing(cell(3, tasks=[])) == ""


def rows_of(board):
    """Return the texts of the table that is drawn of a board, from top to bottom."""
    rows = inside_view.BoardRows()
    rows.update(board)
    return [texts for _, *texts in rows.whole()["rows"]]


class TestRows:
    def test_a_child_stands_below_its_parent(self):
        board = [cell(2), cell(3, 2), cell(4, 2), cell(5, 3), cell(6)]
        space = "\u00a0"
        assert [row[0] for row in rows_of(board)] == [
            "apache2 2",
            f"└{space}apache2 3",
            f"{space * 3}└{space}apache2 5",
            f"└{space}apache2 4",
            "apache2 6",
        ]

    def test_one_whose_parent_has_gone_is_not_lost(self):
        assert len(rows_of([cell(3, parent=2)])) == 1

    def test_its_numbers_have_units(self):
        ((_, *cells),) = rows_of([cell(2)])
        assert cells[0] == "32"
        assert cells[2:] == ["12.5 %", "1,500", "3 MiB", "0.5 MiB", "9", "2"]

    def test_what_is_not_known_is_a_dash(self):
        unknown = dict.fromkeys(("pss_bytes", "open_files", "connections"))
        ((_, *cells),) = rows_of([cell(2, **unknown)])
        assert cells[5:] == ["–", "–", "–"]

    @pytest.mark.parametrize("name", ["single-thread-slowloris", "nginx-throughput"])
    def test_boards_of_an_earlier_version_can_be_shown(self, name):
        ticks = [event for event in runs.recording(name) if event["type"] == "tick"]
        for tick in ticks:
            assert len(rows_of(tick["board"])) == len(tick["board"])


class TestBoardUpdates:
    @pytest.fixture
    def rows(self):
        rows = inside_view.BoardRows()
        rows.update([cell(2), cell(3, 2), cell(4, 2)])
        return rows

    def test_the_first_is_the_whole(self):
        rows = inside_view.BoardRows()
        update = rows.update([cell(2), cell(3, 2)])
        assert update == rows.whole()
        assert (update["order"], len(update["rows"])) == ([2, 3], 2)

    def test_what_reads_the_same_is_left_out(self, rows):
        board = [cell(2), cell(3, 2, clients=[40000]), cell(4, 2, open_files=10)]
        update = rows.update(board)
        assert [(pid, texts[7]) for pid, *texts in update["rows"]] == [(4, "10")]
        assert "order" not in update

    def test_without_any_change_it_is_empty(self, rows):
        assert rows.update([cell(2), cell(3, 2), cell(4, 2)]) == {}

    def test_one_that_has_gone_is_missing_from_the_order(self, rows):
        assert rows.update([cell(2), cell(4, 2)]) == {"order": [2, 4]}

    def test_one_that_moves_in_the_tree_is_written_anew(self, rows):
        update = rows.update([cell(2), cell(4, 2), cell(3, 4)])
        assert update["order"] == [2, 4, 3]
        assert [pid for pid, *_ in update["rows"]] == [3]

    @pytest.mark.parametrize("name", ["apache-prefork-slowloris", "nginx-reload"])
    def test_drawn_one_after_the_other_they_give_the_whole(self, name):
        rows, texts, order = inside_view.BoardRows(), {}, []
        ticks = [event for event in runs.recording(name) if event["type"] == "tick"]
        board = []
        for tick in ticks:
            board = fold(board, tick["board"])
            update = rows.update(board)
            texts |= {pid: row for pid, *row in update.get("rows", ())}
            order = update.get("order", order)
            assert [texts[pid] for pid in order] == rows_of(board)


class TestSummary:
    SERIES = {
        "t_s": [0.2, 0.4],
        "server_pss_bytes": [None, 2**20],
        "server_open_files": [1, 24],
        "server_switches_per_s": [None, 30.0],
        "connections_served": [0, 64],
        "connections_waiting": [0, 10],
        "accept_queue": [0, 8],
        "accept_queue_limit": [511, 511],
        "listen_overflows": [0, 3],
        "tcp_established": [0, 69],
        "tcp_close_wait": [0, 5],
        "tcp_syn_recv": [0, 0],
        "tcp_time_wait": [7, 1084],
    }

    def test_it_is_of_the_last_tick(self):
        assert inside_view.summary(self.SERIES) == (
            "In all 1 MiB of memory, shared pages counted once (PSS), 24 open files "
            "and 30 context switches a second. Connections: 64 with the server, 10 in "
            "the kernel and not accepted. Accept queue: 8 of 511; 3 overflows since "
            "the start. By TCP state: 69 established, 5 close_wait, 1,084 time_wait."
        )

    def test_nobody_in_any_state(self):
        calm = {n: c for n, c in self.SERIES.items() if not n.startswith("tcp_")}
        assert inside_view.summary(calm).endswith("By TCP state: none.")

    @pytest.mark.parametrize("series", [{"t_s": []}, {"t_s": [1], "a": [2]}])
    def test_a_run_that_did_not_see_it_has_none(self, series):
        assert inside_view.summary(series) == ""
