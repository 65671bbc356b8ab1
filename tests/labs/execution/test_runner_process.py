"""A runner that waits is used once, and none is left behind."""

import pytest

from labs.execution import runner_process
from tests.labs import runs
from tests.labs.runs import lives


@pytest.fixture(autouse=True)
def reads_a_spec(settings):
    settings.LABS_RUNNER_COMMAND = runs.runner_command("completes")


@pytest.fixture
async def standby():
    made = runner_process.Standby()
    yield made
    await made.close()


async def ended(process):
    process.kill()
    return await process.wait()


class TestStandby:
    async def test_the_one_that_waits_is_taken_once(self, standby):
        await standby.prepare()
        await standby.prepare()
        first, second = await standby.take(), await standby.take()
        assert lives(first.pid) and lives(second.pid) and first.pid != second.pid
        assert [await ended(first), await ended(second)] == [-9, -9]

    async def test_without_one_a_runner_is_started(self, standby):
        process = await standby.take()
        assert lives(process.pid)
        await ended(process)

    async def test_one_that_has_died_is_neither_given_nor_replaced(self, standby):
        await standby.prepare()
        await ended(standby._process)
        dead = standby._process.pid
        await standby.prepare()
        assert standby._process.pid == dead
        process = await standby.take()
        assert process.pid != dead and lives(process.pid)
        await ended(process)

    async def test_one_of_another_command_is_ended(self, standby, settings):
        await standby.prepare()
        before = standby._process.pid
        settings.LABS_RUNNER_COMMAND = runs.runner_command("crashes_half_way")
        process = await standby.take()
        assert not lives(before) and process.pid != before
        await ended(process)

    async def test_nor_is_one_given_whose_command_changed_while_it_started(
        self, standby, settings, monkeypatch
    ):
        spawn = runner_process.spawn

        async def slowly():
            process = await spawn()
            settings.LABS_RUNNER_COMMAND = runs.runner_command("crashes_half_way")
            return process

        monkeypatch.setattr(runner_process, "spawn", slowly)
        await standby.prepare()
        before = standby._process.pid
        process = await standby.take()
        assert not lives(before) and process.pid != before
        await ended(process)

    async def test_closing_ends_it(self, standby):
        await standby.prepare()
        pid = standby._process.pid
        await standby.close()
        assert not lives(pid)
