"""The table of a run that counted requests in several steps."""

from labs.presentation import step_table


def phase(load, counted, sentence="16 clients ask", **more):
    return {"load": load, "counted": counted, "sentence": sentence, **more}


def counted(**figures):
    return {"errors": 0, "unfinished": 0, "requests_per_s": 10.0, **figures}


CLIENTS = {"type": "closed_loop", "connections": 16}
RATE = {"type": "open_loop", "connections": 1000, "rate_per_s": 500.0}


def test_a_row_for_each_phase_that_counted():
    idle = phase(None, None, "Only the honest client is here")
    result = {"phases": [idle, phase(CLIENTS, counted()), phase(CLIENTS, counted())]}
    built = step_table.build(result)
    assert [row["load"] for row in built["rows"]] == [16, 16]
    assert not built["is_open"] and not built["is_limited"]


def test_one_step_is_no_table():
    assert step_table.build({"phases": [phase(CLIENTS, counted())]}) is None


def test_results_from_before_steps_were_counted_have_none():
    old = {"load": CLIENTS, "sentence": "Old"}
    assert step_table.build({"phases": [old, old]}) is None


def test_what_failed_and_what_had_no_end_is_lost():
    rough = counted(errors=3, unfinished=2)
    rows = step_table.build({"phases": [phase(RATE, rough), phase(RATE, counted())]})[
        "rows"
    ]
    assert [row["lost"] for row in rows] == [5, 0]


def test_an_open_loop_and_a_limited_generator_are_told():
    weak = counted(generator_limited=True)
    built = step_table.build({"phases": [phase(RATE, counted()), phase(RATE, weak)]})
    assert built["is_open"] and built["is_limited"]
