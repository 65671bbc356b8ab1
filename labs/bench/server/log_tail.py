"""Turns the server's output into log lines that can be stored and shown.

Bounded in every direction, because a server may print anything: a line is cut at 8 KiB,
1 MiB of a run is stored, and 50 lines of a second. A line says what is left out.
"""

import re
from collections import deque
from dataclasses import dataclass

LINE_BYTES = 8 * 1024
TOTAL_BYTES = 1024 * 1024
LINES_PER_S = 50
TAIL_LINES = 20

_CUT = " [cut]"
# As NGINX, Apache and Gunicorn write them, in brackets; and Python's own.
_LEVELS = (
    ("error", re.compile(r"\b(emerg|alert|crit|error|fatal)\]|\bTraceback\b", re.I)),
    ("warning", re.compile(r"\b(warn|warning)\]", re.I)),
)
# C0 without tab, DEL, C1, and the marks that turn the direction of text around.
_HARMFUL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class LogLine:
    """One line to show. `source` is server, or lab where we speak about the log."""

    text: str
    level: str = "info"
    source: str = "server"


class LogTail:
    """Fed with bytes as they arrive; hands out lines, at a bounded rate.

    `tail` keeps the last lines whatever the rate, for the message of a failure.
    """

    def __init__(self) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.truncated = False
        self._rest = bytearray()
        self._skipping = False  # the line was cut, its end has not come yet
        self._stored_bytes = 0
        self._second = -1
        self._in_second = 0
        self._left_out = 0

    def feed(self, data: bytes, t_s: float) -> list[LogLine]:
        """Take output that arrived at `t_s`; return the lines it completed."""
        lines: list[LogLine] = []
        pieces = data.split(b"\n")
        for piece in pieces[:-1]:
            self._extend(piece)
            lines += self._complete(t_s)
        self._extend(pieces[-1])
        return lines

    def finish(self, t_s: float) -> list[LogLine]:
        """Return what is left at the end: a line without its newline, what was lost."""
        lines = self._complete(t_s) if self._rest else []
        return lines + self._account()

    def _extend(self, piece: bytes) -> None:
        # Nothing is kept of the rest of a line that is too long, however long it is.
        if self._skipping or not piece:
            return
        room = LINE_BYTES - len(self._rest)
        self._rest += piece[:room]
        self._skipping = len(piece) > room

    def _complete(self, t_s: float) -> list[LogLine]:
        text = harmless(bytes(self._rest)) + (_CUT if self._skipping else "")
        self._rest.clear()
        self._skipping = False
        if not text.strip():
            return []
        self.tail.append(text)
        return self._admit(text, t_s)

    def _admit(self, text: str, t_s: float) -> list[LogLine]:
        notes: list[LogLine] = []
        if int(t_s) != self._second:
            notes = self._account()
            self._second, self._in_second = int(t_s), 0
        if self._in_second >= LINES_PER_S or self.truncated:
            self._left_out += 1
            return notes
        self._in_second += 1
        self._stored_bytes += len(text.encode())
        if self._stored_bytes > TOTAL_BYTES:
            self.truncated = True
            self._left_out += 1
            return [
                *notes,
                LogLine("The log is cut here: 1 MiB was kept", "warning", "lab"),
            ]
        return [*notes, LogLine(text, _level(text))]

    def _account(self) -> list[LogLine]:
        if not self._left_out:
            return []
        text = f"{self._left_out} lines of the server's log are left out"
        self._left_out = 0
        return [] if self.truncated else [LogLine(text, "warning", "lab")]


def harmless(data: bytes) -> str:
    """Decode bytes as UTF-8; show what is invalid or a control character as U+FFFD."""
    return _HARMFUL.sub("\ufffd", data.decode("utf-8", "replace").rstrip("\r"))


def _level(text: str) -> str:
    return next((level for level, mark in _LEVELS if mark.search(text)), "info")
