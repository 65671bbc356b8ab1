"""The rows of a finished run's page."""

import pytest

from labs.bench.contracts.summary import FIGURES
from labs.plugins import registry
from labs.presentation import result_rows
from tests.labs import runs

NAMES = sorted(path.stem for path in runs.RECORDINGS.glob("*.jsonl"))


class TestNumbers:
    @pytest.mark.parametrize(
        "value, text",
        [
            (None, "–"),
            ("never", "never"),
            (0, "0"),
            (1000, "1,000"),
            (2.0, "2"),
            (51764.1, "51,764"),
            (99.94, "99.9"),
            (12.25, "12.3"),
            (5.302, "5.3"),
            (0.576, "0.576"),
            (-0.576, "-0.576"),
        ],
    )
    def test_they_have_no_more_digits_than_tell(self, value, text):
        assert result_rows.number(value) == text


@pytest.mark.django_db
class TestOutcome:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_figure_of_the_summary_with_a_label_is_shown(self, name):
        run = runs.finished(name)
        rows = result_rows.build(run)["summary_rows"]
        labelled = {name for name, figure in FIGURES.items() if figure.label}
        known = {n for n, value in run.result["summary"].items() if value is not None}
        assert {row["name"] for row in rows} == known & labelled
        assert all(row["label"] and row["value"] for row in rows)

    def test_ratios_are_per_cent_and_bytes_are_mebibytes(self):
        run = runs.finished("apache-prefork-slowloris")
        rows = {row["name"]: row for row in result_rows.build(run)["summary_rows"]}
        summary = run.result["summary"]
        ratio = rows["probe_ok_ratio_before"]
        wanted = f"{100 * summary['probe_ok_ratio_before']:.1f}"
        assert (ratio["value"], ratio["unit"]) == (wanted, "%")
        memory = rows["server_rss_max_bytes"]
        wanted = f"{summary['server_rss_max_bytes'] / 2**20:,.1f}"
        assert (memory["value"], memory["unit"]) == (wanted, "MiB")

    def test_the_environment_tells_what_ran_where_and_how(self):
        run = runs.finished("nginx-throughput")
        rows = {
            r["label"]: r["value"] for r in result_rows.build(run)["environment_rows"]
        }
        environment = run.result["environment"]
        assert rows["Server"] == "NGINX 1.26.3"
        assert rows["Kernel"] == environment["kernel"]
        assert rows["Memory"].endswith(" GiB")
        assert rows["Server’s cores"] == "0"
        assert {f"Server’s {name}" for name in run.result["server"]["knobs"]} <= {*rows}
        assert {f"Run’s {n}" for n in run.result["scenario"]["params"]} <= {*rows}

    def test_other_servers_are_all_others(self):
        run = runs.finished("nginx-throughput")
        others = result_rows.build(run)["other_servers"]
        slugs = [other["driver"].slug for other in others]
        assert slugs == [slug for slug in registry.servers() if slug != "nginx"]
        url = "/labs/throughput/?server=apache-prefork"
        assert others[slugs.index("apache-prefork")]["url"] == url

    def test_again_leads_to_the_form_filled_the_same(self):
        run = runs.finished("nginx-throughput")
        url = f"/labs/throughput/?server=nginx&from={run.pk}"
        assert result_rows.build(run)["again_url"] == url

    def test_while_there_is_no_result_there_is_none(self):
        assert result_rows.build(runs.under_way()) is None
