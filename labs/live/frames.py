"""What is sent of one run: a snapshot that many get, and the frames that follow it.

Who joins gets the newest snapshot and the frames since then, all of them encoded once,
whoever they go to. A snapshot is long and grows with its run, so it is made anew only
after some frames, and in pieces: whatever else waits for the loop comes in between.
"""

import asyncio
from collections import deque
from typing import Any

from labs.execution.recorder import encode
from labs.live.live_run import Frame, LiveRun

RENEW_AFTER = 50  # frames since the last snapshot: 10 s of ticks
MAX_REMEMBERED = 600  # frames for those who missed some: two minutes of ticks
MAX_REMEMBERED_CHARACTERS = 2_000_000
_PIECE = 2000  # values of a list that are encoded in one go: about 1 ms

Numbered = tuple[int, str]  # an event's number, its frame as text


class Frames:
    """A run's folded state, and the texts that it was sent as."""

    def __init__(self, run: LiveRun) -> None:
        self._run = run
        self._snapshot: Numbered = (0, "")
        self._remembered: deque[Numbered] = deque()
        self._characters = 0

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return self._run.seq

    def add(self, frame: Frame) -> Numbered:
        """Fold the next event in; return what is sent of it."""
        numbered = frame["seq"], encode(self._run.add(frame))
        self._remembered.append(numbered)
        self._characters += len(numbered[1])
        while self._has_too_many():
            _, text = self._remembered.popleft()
            self._characters -= len(text)
        return numbered

    def _has_too_many(self) -> bool:
        kept = len(self._remembered)
        if kept > MAX_REMEMBERED:
            return True
        return kept > RENEW_AFTER and self._characters > MAX_REMEMBERED_CHARACTERS

    async def renew_snapshot(self) -> None:
        """Make the snapshot anew if there is none yet or it has fallen behind.

        Nothing may be added meanwhile.
        """
        seq, text = self._snapshot
        behind = self.seq - seq
        if not text or behind >= RENEW_AFTER or (behind and self._run.state.is_over):
            self._snapshot = self.seq, await _encode_in_pieces(self._run.snapshot())

    def so_far(self) -> list[Numbered]:
        """Return the snapshot and the frames since, in order."""
        return [self._snapshot, *self.after(self._snapshot[0])]

    def after(self, seq: int) -> list[Numbered]:
        """Return the frames after a number; those that are remembered of them."""
        missed = self.seq - seq
        if missed <= 0:
            return []
        return list(self._remembered)[-missed:]

    def remembers(self, seq: int) -> bool:
        """Say whether all frames after a number are remembered."""
        return self.seq - seq <= len(self._remembered)


async def _encode_in_pieces(frame: Frame) -> str:
    """Write a frame as `encode` does, and let others have the loop in between."""
    parts = []
    for name, value in frame.items():
        parts.append(f"{encode(name)}:{await _encode_value(value)}")
    return "{" + ",".join(parts) + "}"


async def _encode_value(value: Any) -> str:
    await asyncio.sleep(0)
    if isinstance(value, dict) and value:
        parts = [f"{encode(str(k))}:{await _encode_value(v)}" for k, v in value.items()]
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list) and len(value) > _PIECE:
        pieces = []
        for at in range(0, len(value), _PIECE):
            await asyncio.sleep(0)
            pieces.append(encode(value[at : at + _PIECE])[1:-1])
        return "[" + ",".join(pieces) + "]"
    return encode(value)
