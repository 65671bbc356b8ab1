"""Who may watch a run over a socket: asked for many sockets at once, and again later.

All database work of Django's async views goes through one thread. What is asked while
that is busy is collected and answered together: 1,000 sockets that join one run
without a session ask one question, which costs one query.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple
from uuid import UUID

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.conf import settings

from labs.models import LabRun
from labs.permissions import owners

logger = logging.getLogger(__name__)

RECHECK_S = 20.0  # the bound that is promised is 30 s, and a check takes its time
_PAUSE_S = 0.2  # between two checks, however often something changes
MAX_QUESTIONS = 100  # in one go: others wait for the same thread
_RETRY_S = 1.0


class Question(NamedTuple):
    """May the browser with this session (empty: none) watch this run?"""

    run_id: UUID
    session_key: str


@dataclass(frozen=True)
class Answer:
    """`session_key` is empty where there is no such session, whatever was claimed."""

    exists: bool = False
    may_watch: bool = False
    session_key: str = ""
    account: int | None = None


Refuse = Callable[[Answer], Coroutine[Any, Any, None]]


class Rights:
    """Answers questions on one event loop, and repeats those of open sockets."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked: dict[Question, asyncio.Future[Answer]] = {}
        self._answering: asyncio.Task[None] | None = None
        self._watched: dict[Refuse, Question] = {}
        self._changed = asyncio.Event()
        self._repeating: asyncio.Task[None] | None = None

    # --- asking ----------------------------------------------------------------------

    async def ask(self, question: Question) -> Answer:
        """Return the answer, as the database has it from now on."""
        answer = self._asked.get(question)
        if answer is None:
            answer = self._asked[question] = self._loop.create_future()
        if self._answering is None or self._answering.done():
            self._answering = self._loop.create_task(self._answer_all())
        return await asyncio.shield(answer)  # others may wait for the same

    async def _answer_all(self) -> None:
        while self._asked:
            questions = list(self._asked)[:MAX_QUESTIONS]
            # Whoever asks from here on gets what is read after that.
            waiting = [self._asked.pop(question) for question in questions]
            try:
                answers = await _look_up(questions)
            except Exception as error:
                for future in waiting:
                    future.set_exception(error)
                    future.exception()  # nobody may be left who wants to know
            else:
                for future, answer in zip(waiting, answers, strict=True):
                    future.set_result(answer)

    # --- asking again ----------------------------------------------------------------

    def watch(self, question: Question, refuse: Refuse) -> None:
        """Ask again from now on; `refuse` is called once the answer is no."""
        self._watched[refuse] = question
        if self._repeating is None or self._repeating.done():
            self._repeating = self._loop.create_task(self._repeat())

    def forget(self, refuse: Refuse) -> None:
        """Ask no more; the last one out ends the repetition."""
        self._watched.pop(refuse, None)
        if not self._watched and self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None

    def changed(self) -> None:
        """Ask again now. Safe from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    async def _repeat(self) -> None:
        pause_s = RECHECK_S
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self._check()
                pause_s = RECHECK_S
            except Exception:
                # It must outlive a fault, or nobody would be asked about again.
                logger.exception("Rights of open sockets could not be asked")
                pause_s = _RETRY_S
            await asyncio.sleep(_PAUSE_S)

    async def _check(self) -> None:
        watched = dict(self._watched)
        questions = set(watched.values())
        answers = await asyncio.gather(*map(self.ask, questions))
        answer_to = dict(zip(questions, answers, strict=True))
        for refuse, question in watched.items():
            answer = answer_to[question]
            if not answer.may_watch and refuse in self._watched:
                await refuse(answer)


_rights: dict[asyncio.AbstractEventLoop, Rights] = {}


def of_this_loop() -> Rights:
    """Return the one of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _rights:
        for ended in [other for other in _rights if other.is_closed()]:
            del _rights[ended]
        _rights[loop] = Rights()
    return _rights[loop]


def changed() -> None:
    """Let all open sockets be asked about again. Safe from any thread."""
    for rights in tuple(_rights.values()):
        rights.changed()


@database_sync_to_async
def _look_up(questions: Iterable[Question]) -> list[Answer]:
    keys = {question.session_key for question in questions}
    visitors = {key: _visitor(key) for key in keys}
    ids = {question.run_id for question in questions}
    runs = LabRun.objects.for_lists().in_bulk(ids)
    answers = []
    for question in questions:
        run, visitor = runs.get(question.run_id), visitors[question.session_key]
        user = visitor.owner.user
        answers.append(
            Answer(
                exists=run is not None,
                may_watch=run is not None and visitor.owner.may_see(run),
                session_key=visitor.session_key,
                account=user.pk if user is not None else None,
            )
        )
    return answers


class _Visitor(NamedTuple):
    owner: owners.Owner
    session_key: str


def _visitor(session_key: str) -> _Visitor:
    """Return who has this session now: it may have ended, or its account may have."""
    if not session_key:
        return _Visitor(owners.NOBODY, "")
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    # Channels' coroutine is this function in another thread; we are in that already.
    user = get_user.func({"session": session})
    is_there = not session.is_empty()
    return _Visitor(owners.owner_of(user, session), session_key if is_there else "")
