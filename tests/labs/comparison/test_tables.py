"""Measured figures side by side: what belongs together, what may be ranked."""

import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from labs.comparison import queries, tables
from labs.comparison.tables import MeasuredRun
from labs.models import LabRun
from tests.labs import runs

NAMES = {"nginx": "NGINX", "node": "Node"}
# Sure on both sides: 12 runs give a noise floor, and the spread is 1 %.
STEADY = [1000 + number % 3 for number in range(12)]
TWICE = [2 * value for value in STEADY]


def result(server="nginx", rate=1000.0, **changes):
    """Return a result in which one finding is this rate, without counted requests."""
    found = copy.deepcopy(runs.recording("nginx-throughput")[-1]["result"])
    found["server"] |= {"slug": server, "version": "1.0", "knobs": {"processes": 1}}
    row = found["findings"][0] | {
        "slug": "rate",
        "statement": "Requests answered",
        "measured": rate,
        "unit": "requests/s",
    }
    return found | {"findings": [row], "phases": [], "verdict": "measured"} | changes


def told(results):
    """Return runs of these results, each a minute after the one before."""
    began = timezone.now()
    return [
        MeasuredRun(number, began + timedelta(minutes=number), each)
        for number, each in enumerate(results)
    ]


def side(server, rates):
    return tables.runs_of_server(told([result(server, rate) for rate in rates]))


def row_of(left, right):
    sides = [side("nginx", left), side("node", right)]
    (row,) = tables.table(sides, list(NAMES.values())).rows
    return row


class TestWhatBelongsTogether:
    @pytest.mark.parametrize("name", ["kernel", "cpu", "cores"])
    def test_runs_of_different_machines_stay_apart(self, name):
        other = result("node")
        other["environment"][name] = "another"
        assert len(tables.comparable_groups(told([result(), other]))) == 2

    def test_runs_of_a_different_sandbox_stay_apart(self):
        other = result("node")
        other["environment"]["sandbox"]["level"] = "another"
        assert len(tables.comparable_groups(told([result(), other]))) == 2

    def test_runs_with_other_parameters_stay_apart(self):
        other = result("node")
        name, *_ = other["scenario"]["params"]
        other["scenario"]["params"][name] = 12345
        assert len(tables.comparable_groups(told([result(), other]))) == 2

    def test_runs_of_other_servers_under_the_same_conditions_are_together(self):
        (group,) = tables.comparable_groups(told([result(), result("node")]))
        assert len(group) == 2

    def test_versions_are_not_mixed_and_the_newest_counts(self):
        old = [result(), result()]
        new = result()
        new["server"]["version"] = "2.0"
        found = tables.runs_of_server(told([*old, new]))
        assert found.server["version"] == "2.0" and len(found.runs) == 1

    def test_of_several_configurations_the_most_frequent_counts(self):
        odd = result()
        odd["server"]["knobs"] = {"processes": 8}
        found = tables.runs_of_server(told([result(), result(), odd]))
        assert found.server["knobs"] == {"processes": 1} and len(found.runs) == 2

    def test_inconclusive_runs_are_left_out_and_counted(self):
        unsure = result(rate=9.0, verdict="inconclusive")
        found = tables.runs_of_server(told([result(), unsure, unsure]))
        assert (len(found.runs), found.inconclusive) == (1, 2)

    def test_inconclusive_runs_alone_are_no_side(self):
        assert tables.runs_of_server(told([result(verdict="inconclusive")])) is None


class TestWhatIsSaid:
    def test_a_cell_has_median_spread_and_count(self):
        cell, _ = row_of([30.0, 10.0, 20.0], [1.0]).cells
        assert cell.figure.value == 20.0
        assert (cell.least, cell.most, len(cell.figure.known)) == (10.0, 30.0, 3)

    def test_there_is_an_interval_from_six_runs_on(self):
        five, six = row_of([*range(1, 6)], [*range(1, 7)]).cells
        assert five.interval is None
        assert (six.interval.low, six.interval.high) == (1, 6)

    def test_a_cell_leads_to_the_newest_run(self):
        cell, _ = row_of([1.0, 2.0, 3.0], [1.0]).cells
        assert cell.run.pk == 2

    def test_what_is_twice_as_much_is_ranked(self):
        row = row_of(STEADY, TWICE)
        (said,) = row.sentences
        assert said.startswith("Node answers") and said.endswith("of NGINX")
        assert not row.is_equal

    def test_what_is_within_the_noise_is_not_ranked(self):
        row = row_of(STEADY, [value + 1 for value in STEADY])
        (said,) = row.sentences
        assert "answers" not in said
        assert "no difference" in said.lower() or "noise" in said

    def test_too_few_runs_are_not_ranked_however_far_apart(self):
        (said,) = row_of([1.0, 1.1], [100.0, 101.0]).sentences
        assert "too few runs to tell" in said

    def test_the_same_number_in_every_run_is_an_equal_row(self):
        assert row_of([4.0, 4.0], [4.0]).is_equal

    def test_three_servers_are_compared_two_by_two(self):
        sides = [side(name, STEADY) for name in ("nginx", "node", "redis")]
        (row,) = tables.table(sides, ["NGINX", "Node", "Redis"]).rows
        assert len(row.sentences) == 3

    def test_a_figure_that_one_side_alone_has_is_no_row(self):
        lacks = tables.runs_of_server(told([result("node", findings=[])]))
        sides = [side("nginx", [1.0]), lacks]
        assert tables.table(sides, list(NAMES.values())).rows == ()


@pytest.mark.django_db
class TestRunsInTheRows:
    def make(self, server="nginx", rate=1000.0, **fields):
        run = runs.finished(server=server, **fields)
        run.result = result(server, rate)
        run.verdict = run.result["verdict"]
        run.save()
        return run

    def test_two_servers_with_alike_runs_make_a_table(self):
        self.make()
        self.make("node", 2000.0)
        (table,) = queries.measured(NAMES).tables
        (row,) = table.rows
        assert [cell.figure.value for cell in row.cells] == [1000.0, 2000.0]

    def test_a_private_run_never_appears(self):
        self.make()
        self.make("node", visibility=LabRun.Visibility.PRIVATE)
        assert queries.measured(NAMES).tables == []

    def test_inconclusive_runs_are_counted_by_name(self):
        self.make()
        unsure = self.make("node")
        LabRun.objects.filter(pk=unsure.pk).update(verdict="inconclusive")
        found = queries.measured(NAMES)
        assert (found.tables, found.left_out) == ([], {"Node": 1})

    def test_what_is_missing_on_one_side_is_offered_with_the_same_settings(self):
        made = self.make()
        (offer,) = queries.measured(NAMES).offers
        assert offer.server == "Node"
        assert "server=node" in offer.url and str(made.pk) in offer.url

    def test_it_asks_twice_however_many_runs_there_are(self, django_assert_num_queries):
        for _ in range(4):
            self.make()
            self.make("node")
        with django_assert_num_queries(2):
            queries.measured(NAMES)
