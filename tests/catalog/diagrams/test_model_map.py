"""The picture of models: labels do not overlap, whatever is to be placed."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_catalog.choices import AXIS_MAX
from models_catalog.diagrams.model_map import NARROW, WIDE, Rectangle, place

SHEETS = pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])
PLACES = st.integers(0, AXIS_MAX)
NAMES = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=5)
MODELS = st.lists(st.tuples(NAMES.map(" ".join), PLACES, PLACES), max_size=20).map(
    tuple
)


def boxes(spots) -> list[Rectangle]:
    return [box for s in spots for box in (s.point, s.box) if box and s.box]


class TestPlace:
    @SHEETS
    @settings(deadline=None, max_examples=60)
    @given(models=MODELS)
    def test_nothing_overlaps_and_all_is_inside(self, sheet, models):
        spots = place(models, sheet)
        assert len(spots) == len(models)
        assert all(sheet.plot.holds(box) for box in boxes(spots))
        assert not [
            pair for pair in combinations(boxes(spots), 2) if pair[0].meets(pair[1])
        ]

    @SHEETS
    def test_twenty_names_in_one_place_all_find_room(self, sheet):
        models = tuple((f"Model {n} of many", 3, 2) for n in range(20))
        assert all(spot.box for spot in place(models, sheet))

    @SHEETS
    def test_alone_a_point_is_where_it_belongs(self, sheet):
        plot = sheet.plot
        corners = {
            (0, 0): (plot.left, plot.bottom),
            (AXIS_MAX, AXIS_MAX): (plot.right, plot.top),
        }
        for (x, y), (at_x, at_y) in corners.items():
            (spot,) = place((("A", x, y),), sheet)
            assert abs(spot.x - at_x) <= 6 and abs(spot.y - at_y) <= sheet.line_height

    def test_a_label_at_the_right_edge_is_to_the_left(self):
        (spot,) = place((("Name", AXIS_MAX, 50),), WIDE)
        assert spot.is_left and spot.text_x < spot.x

    def test_what_moves_keeps_its_side_of_the_picture(self):
        low = tuple((f"Low {n}", 5, n) for n in range(6))
        high = tuple((f"High {n}", 90, 100 - n) for n in range(6))
        spots = place(low + high, NARROW)
        assert min(spot.y for spot in spots[:6]) > max(spot.y for spot in spots[6:])

    def test_a_long_name_is_cut_into_lines(self):
        (spot,) = place((("Processes or threads, blocking", 50, 50),), NARROW)
        texts = [text for text, _ in spot.lines]
        assert len(texts) > 1 and " ".join(texts) == "Processes or threads, blocking"

    def test_without_room_a_label_is_left_out_and_the_point_stays(self):
        models = tuple((f"Some model {n}", 50, 50) for n in range(60))
        spots = place(models, NARROW)
        assert not all(spot.box for spot in spots)
        assert not [p for p in combinations(boxes(spots), 2) if p[0].meets(p[1])]
