"""Rights are asked for many sockets at once, and again when they change."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import Permission
from django.db import OperationalError

from labs.live import rights
from labs.models import LabRun
from tests.labs import runs
from tests.labs.sockets import LAYERS, close_code, frames_of, watching, writer_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def layer(settings):
    settings.CHANNEL_LAYERS = LAYERS
    return get_channel_layer()


def private(client):
    return runs.told([runs.log("a")], client, visibility="private")


class TestWhenTheyChange:
    async def test_a_logout_ends_the_sockets_of_its_session(self, ann):
        run = await database_sync_to_async(private)(ann)
        async with watching(run, ann) as socket:
            await frames_of(socket, 1)
            await database_sync_to_async(ann.post)("/accounts/logout/")
            assert await close_code(socket) == 4403

    async def test_a_run_that_becomes_private_loses_its_guests(self, guest, stranger):
        run = await database_sync_to_async(runs.told)([runs.log("a")], guest)
        async with watching(run, stranger) as socket, watching(run, guest) as owner:
            await frames_of(socket, 1), await frames_of(owner, 1)
            url = f"/runs/{run.pk}/visibility"
            await database_sync_to_async(guest.post)(url, {"visibility": "private"})
            assert await close_code(socket) == 4403
            await writer_of(run).record(runs.log("for the owner"))
            assert (await frames_of(owner, 1))[0]["text"] == "for the owner"

    @pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
    async def test_an_account_that_loses_its_rights_does_too(
        self, guest, staff, change
    ):
        run = await database_sync_to_async(private)(guest)
        async with watching(run, staff) as socket:
            await frames_of(socket, 1)
            for name, value in change.items():
                setattr(staff.user, name, value)
            staff.user.is_superuser = False
            await staff.user.asave()
            assert await close_code(socket) == 4403

    async def test_a_run_that_is_deleted_is_watched_no_longer(self, guest):
        run = await database_sync_to_async(private)(guest)
        async with watching(run, guest) as socket:
            await frames_of(socket, 1)
            await LabRun.objects.all().adelete()
            assert await close_code(socket) == 4404

    async def test_a_change_of_permissions_has_them_asked(self, staff, monkeypatch):
        asked = asyncio.Event()
        monkeypatch.setattr(rights, "changed", asked.set)
        permission = await Permission.objects.afirst()
        await staff.user.user_permissions.aadd(permission)
        assert asked.is_set()

    async def test_what_no_signal_tells_of_is_noticed_later(
        self, guest, stranger, monkeypatch
    ):
        monkeypatch.setattr(rights, "RECHECK_S", 0.01)
        monkeypatch.setattr(rights, "changed", lambda: None)
        run = await database_sync_to_async(runs.told)([runs.log("a")], guest)
        async with watching(run, stranger) as socket:
            await frames_of(socket, 1)
            await LabRun.objects.filter(pk=run.pk).aupdate(visibility="private")
            assert await close_code(socket) == 4403

    async def test_a_database_that_does_not_answer_ends_no_check(
        self, guest, stranger, monkeypatch
    ):
        look_up, failures = rights._look_up, []

        async def fails_at_first(questions):
            if len(failures) < 2:
                failures.append(questions)
                raise OperationalError("database is locked")
            return await look_up(questions)

        monkeypatch.setattr(rights, "RECHECK_S", 0.01)
        monkeypatch.setattr(rights, "_RETRY_S", 0.01)
        run = await database_sync_to_async(runs.told)([runs.log("a")], guest)
        async with watching(run, stranger) as socket:
            await frames_of(socket, 1)
            monkeypatch.setattr(rights, "_look_up", fails_at_first)
            await LabRun.objects.filter(pk=run.pk).aupdate(visibility="private")
            assert await close_code(socket) == 4403
        assert len(failures) == 2


class TestManyAtOnce:
    async def test_the_same_question_is_asked_once(self, layer, monkeypatch):
        look_up, asked = rights._look_up, []

        def notes(questions):
            asked.append(questions)
            return look_up(questions)

        monkeypatch.setattr(rights, "_look_up", notes)
        run = await database_sync_to_async(runs.make)()
        question = rights.Question(run.pk, "")
        asking = (rights.of_this_loop().ask(question) for _ in range(100))
        answers = await asyncio.gather(*asking)
        assert {answer.may_watch for answer in answers} == {True}
        assert asked == [[question]]

    async def test_each_gets_the_answer_to_its_own(self, guest, stranger):
        run = await database_sync_to_async(private)(guest)
        keys = [client.session.session_key for client in (guest, stranger)]
        questions = [rights.Question(run.pk, key) for key in (*keys, "", "made-up")]
        asking = map(rights.of_this_loop().ask, questions)
        answers = await asyncio.gather(*asking)
        assert [answer.may_watch for answer in answers] == [True, False, False, False]
        assert [answer.session_key for answer in answers] == [*keys, "", ""]
