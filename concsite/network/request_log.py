"""The log: which request a line belongs to, one line for each answer, text or JSON."""

from __future__ import annotations

import json
import logging
import re
import secrets
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

FORMATS = ("text", "json")
# The request that is being answered, in its task and in the threads it uses.
current_id: ContextVar[str] = ContextVar("request_id", default="")
_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_access = logging.getLogger("concsite.access")


def new_id() -> str:
    """Return an id for a request."""
    return secrets.token_hex(8)


def is_id(word: str) -> bool:
    """Tell whether a proxy's word can be an id: it is put into logs and pages."""
    return bool(_ID.fullmatch(word))


def for_templates(request: Any) -> dict[str, str]:
    """Context processor: the id that error pages show."""
    return {"request_id": current_id.get()}


def answered(**answer: Any) -> None:
    """Write the line about one answer."""
    answer["path"] = _printable(answer["path"])
    answer["method"] = _printable(answer["method"])
    answer["duration_ms"] = round(answer["duration_ms"], 1)
    _access.info(
        "%(client)s %(method)s %(path)s %(status)s %(size)s B %(duration_ms)s ms",
        answer,
        extra={"request_id": answer["request_id"], "fields": answer},
    )


def _printable(text: str) -> str:
    """Return text of a client as nothing that a terminal acts on."""
    return text.encode("unicode_escape").decode("ascii")


class RequestId(logging.Filter):
    """Gives each record the id of the request it came from."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let it pass; one that names its request itself is right."""
        if not hasattr(record, "request_id"):
            record.request_id = current_id.get()
        return True


class TextFormatter(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `LEVEL name: message [request]`, and a traceback below it."""
        request_id = getattr(record, "request_id", "")
        line, *more = super().format(record).split("\n")
        return "\n".join([f"{line} [{request_id}]" if request_id else line, *more])


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for programs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's fields; what it brought of its own stands beside them."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry | getattr(record, "fields", {}), default=str)
