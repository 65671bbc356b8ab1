"""`lab claims`: what is missing is run, once; the table says how every claim stands."""

import json

import pytest
from django.core.management import call_command

from labs.models import Evidence, LabRun
from tests import schemas
from tests.labs import claim_rows, runs

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("lab_home"),
]
RECORDING = "apache-prefork-slowloris"


@pytest.fixture
def as_recorded(settings):
    """A runner that tells the recording, and the run whose settings it had."""
    settings.LABS_RUNNER_COMMAND = runs.runner_command("completes", RECORDING)
    result = runs.recording(RECORDING)[-1]["result"]
    return claim_rows.SLOW | {
        "knobs": result["server"]["knobs"],
        "params": result["scenario"]["params"],
    }


def lab_claims(capsys, *arguments):
    """Return (exit code, what was printed)."""
    code = 0
    try:
        call_command("lab", "claims", *arguments)
    except SystemExit as end:
        code = end.code
    told = capsys.readouterr()
    return code, told.out + told.err


class TestRuns:
    def test_what_is_missing_is_run_and_the_table_printed(self, capsys, as_recorded):
        claim_rows.make(runs=[as_recorded])
        code, text = lab_claims(capsys)
        assert code == 0
        assert "1 of 1  slowloris on apache-prefork: denied. 8 of 8" in text
        assert "S5     Holds  1     Slow clients deny a pool" in text
        assert Evidence.objects.get().runs.get() == LabRun.objects.get()

    def test_two_claims_share_a_run(self, capsys, as_recorded):
        for number in (5, 6):
            claim_rows.make(f"claim-{number}", f"S{number}", runs=[as_recorded])
        lab_claims(capsys)
        assert LabRun.objects.count() == 1
        assert Evidence.objects.filter(standing="holds").count() == 2

    def test_what_is_there_is_not_run_again_unless_asked_for(self, capsys, as_recorded):
        claim_rows.make(runs=[as_recorded])
        for arguments, count in (([], 1), ([], 1), (["--again"], 2)):
            lab_claims(capsys, *arguments)
            assert LabRun.objects.count() == count

    def test_a_run_that_is_not_believed_is_made_again_twice(
        self, capsys, as_recorded, settings
    ):
        command = runs.runner_command("is_disturbed", RECORDING)
        settings.LABS_RUNNER_COMMAND = command
        claim_rows.make(runs=[as_recorded])
        code, text = lab_claims(capsys)
        assert (code, LabRun.objects.count()) == (3, 3)
        assert text.count("could not be trusted: 1") == 2
        standings = set(Evidence.objects.values_list("standing", flat=True))
        assert standings == {"inconclusive"}

    def test_a_list_runs_nothing(self, capsys):
        claim_rows.make()
        code, text = lab_claims(capsys, "--list")
        assert code == 0 and "1 runs are missing, at most" in text
        assert not LabRun.objects.exists()

    def test_a_runner_that_dies_is_our_fault_and_leaves_the_claim_open(
        self, capsys, settings
    ):
        settings.LABS_RUNNER_COMMAND = runs.runner_command("crashes_half_way")
        claim_rows.make()
        code, text = lab_claims(capsys)
        assert (code, LabRun.objects.get().status) == (5, "lost")
        assert "lost. The runner ended without a result" in text
        assert Evidence.objects.get().standing == "open"

    def test_a_server_that_failed_is_told_from_a_fault_of_ours(self, capsys, settings):
        settings.LABS_RUNNER_COMMAND = runs.runner_command("tells_of_a_dead_server")
        claim_rows.make()
        code, text = lab_claims(capsys)
        assert (code, LabRun.objects.get().status) == (1, "failed")
        assert "failed. The server ended" in text

    @pytest.mark.parametrize(
        "verdict, code, standing", [("holds", 0, "Refuted"), ("inconclusive", 3, "Inc")]
    )
    def test_a_claim_that_is_refuted_is_an_answer_and_an_inconclusive_one_is_not(
        self, capsys, verdict, code, standing
    ):
        claim_rows.run_for(claim_rows.make(), verdict=verdict)
        found, text = lab_claims(capsys)
        assert found == code and f"S5     {standing}" in text

    def test_a_server_that_is_not_here_is_not_run(self, capsys, lab_home):
        lab_home.remove("/usr/sbin/apache2")
        claim_rows.make()
        code, text = lab_claims(capsys)
        assert code == 0 and "Not measurable" in text
        assert not LabRun.objects.exists()

    def test_as_json_it_is_alone_on_standard_output(self, capsys, as_recorded):
        claim_rows.make(runs=[as_recorded])
        call_command("lab", "claims", "--json", "-")
        document = json.loads(capsys.readouterr().out)
        schemas.check(document, "claims")
        (claim,) = document["claims"]
        assert (claim["code"], claim["standing"]) == ("S5", "holds")
        assert claim["rows"][0]["measured"] == "denied"
        assert claim["runs"] == [str(LabRun.objects.get().pk)]


class TestRefusals:
    @pytest.mark.parametrize("name", ["s5", "S5", "slow-clients-deny-it"])
    def test_a_claim_is_named_by_code_or_slug(self, capsys, name):
        claim_rows.make()
        assert lab_claims(capsys, name, "--list")[0] == 0

    def test_an_unknown_one_is_2(self, capsys):
        claim_rows.make()
        code, text = lab_claims(capsys, "S99")
        assert code == 2 and "Unknown claim 'S99'; known: S5" in text

    def test_a_malformed_one_is_2_and_names_the_fault(self, capsys):
        claim_rows.make(runs=[claim_rows.SLOW | {"knobs": {"processes": 1000}}])
        code, text = lab_claims(capsys)
        assert code == 2
        assert "Claim S5: Run 'apache-prefork': processes must be between" in text

    def test_without_claims_it_says_where_they_come_from(self, capsys):
        code, text = lab_claims(capsys)
        assert code == 2 and "manage.py catalog sync" in text
