"""A board on its way: what is published is what is seen, in fewer words."""

import json

from labs.bench.observer.board import Publisher, fold


def cell(pid: int, **changed) -> dict:
    return {"pid": pid, "state": "S", "waiting_in": {"futex": 3}} | changed


IDLE = [cell(2), cell(3), cell(4)]


class TestPublisher:
    def test_the_first_is_whole(self):
        assert Publisher().update(IDLE, 0.1) == IDLE

    def test_then_only_what_is_new_in_a_cell(self):
        publisher = Publisher()
        publisher.update(IDLE, 0.1)
        seen = [cell(2), cell(3, waiting_in={"poll": 1}), cell(4)]
        changed = [{"pid": 3, "waiting_in": {"poll": 1}}]
        assert publisher.update(seen, 0.3) == {"changed": changed, "gone": []}
        assert publisher.update(seen, 0.5) == {"changed": [], "gone": []}

    def test_one_that_comes_is_told_whole_and_one_that_goes_by_its_number(self):
        publisher = Publisher()
        publisher.update(IDLE, 0.1)
        update = publisher.update([cell(2), cell(4), cell(9)], 0.3)
        assert update == {"changed": [cell(9)], "gone": [3]}

    def test_once_a_second_it_is_whole_also_where_ticks_are_early(self):
        publisher = Publisher()
        times = [0.07, 0.2, 0.401, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
        kinds = [type(publisher.update(IDLE, t_s)) is list for t_s in times]
        assert [t for t, whole in zip(times, kinds, strict=True) if whole] == [
            0.07,
            1.0,
            2.0,
        ]

    def test_an_idle_one_of_many_threads_is_told_in_few_bytes(self):
        publisher = Publisher()
        many = [cell(2, tasks=[{"tids": list(range(1000))}])]
        publisher.update(many, 0.2)
        assert len(json.dumps(publisher.update(many, 0.4))) < 40


class TestFold:
    STORY = (
        IDLE,
        [cell(2), cell(3, state="R"), cell(4)],
        [cell(2), cell(3, state="R", waiting_in={}), cell(11)],
        [cell(2)],
        [cell(2), cell(3)],
        [cell(3), cell(5)],
        [cell(5)],
    )

    def test_the_reader_sees_what_the_publisher_saw(self):
        publisher, board = Publisher(), []
        for number, seen in enumerate(self.STORY):
            board = fold(board, publisher.update(seen, 0.2 * number))
            assert board == seen

    def test_a_reader_who_came_late_does_within_a_second(self):
        publisher, board = Publisher(), []
        for number, seen in enumerate(self.STORY):
            update = publisher.update(seen, 0.2 * number)
            board = fold(board, update) if number > 2 else []
        assert board == self.STORY[-1]

    def test_an_empty_one_leaves_what_was(self):
        assert fold(IDLE, []) == IDLE

    def test_it_leaves_what_it_was_given_as_it_was(self):
        before = [cell(2)]
        fold(before, {"changed": [{"pid": 2, "state": "R"}], "gone": []})
        assert before == [cell(2)]
