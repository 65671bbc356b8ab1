"""Where the command line writes: a document to a file, lines to a stream.

A document may go to a file, standard output, a pipe or a device. A run takes minutes,
and its document is all that is left of it: a path that cannot be written is refused
before the run, and where writing fails after it, the document is saved elsewhere.
"""

import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from labs.bench.contracts.errors import SpecError
from labs.cli import exit_codes

_STDOUT = "-"


def check_path(path: str) -> None:
    """Refuse before the run what could not be written after it."""
    if path in ("", _STDOUT):
        return
    try:
        _check(path)
    except OSError as error:
        raise SpecError(f"--json cannot be written to {path}: {_why(error)}") from None


def write(document: Mapping[str, Any], path: str) -> int:
    """Write a document; return an exit code: finished, or a fault of ours.

    A file is written as a whole or not at all; a device or a pipe as it is. One that
    cannot be written is saved in another place, which standard error names.
    """
    if not path:
        return exit_codes.FINISHED
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    try:
        _print(text) if path == _STDOUT else _write(path, text)
    except BrokenPipeError:  # a reader that left wants no more
        return exit_codes.FINISHED
    except (OSError, KeyboardInterrupt) as error:  # Ctrl-C: of a pipe nobody reads
        where = "standard output" if path == _STDOUT else path
        failure = f"The document cannot be written to {where}: {_why(error)}"
        print(f"{failure}. {_save_elsewhere(text)}", file=sys.stderr)
        return exit_codes.OUR_FAULT
    return exit_codes.FINISHED


def stream_beside(path: str) -> TextIO:
    """Return where words for people go: the document must be alone on its stream."""
    return sys.stderr if path == _STDOUT else sys.stdout


def print_lines(out: TextIO, lines: Iterable[str]) -> None:
    """Write lines; a reader that left (`| head`) is no reason to stop."""
    with suppress(BrokenPipeError):
        for line in lines:
            print(line, file=out, flush=True)


def _check(path: str) -> None:
    """Raise OSError unless it can be written, by trying where that changes nothing."""
    if _is_whole(path):
        _temporary(path).touch(exist_ok=False)
        _temporary(path).unlink()
    elif os.path.isdir(path):
        raise IsADirectoryError(0, "It is a folder")
    elif stat.S_ISSOCK(os.stat(path).st_mode):
        raise OSError(0, "It is a socket")
    elif not os.access(path, os.W_OK):
        raise PermissionError(0, "Permission denied")


def _write(path: str, text: str) -> None:
    if not _is_whole(path):
        # Opened as it is: a pipe or a device must not become a file.
        with open(path, "w") as stream:
            stream.write(text)
        return
    target, new = Path(os.path.realpath(path)), _temporary(path)
    try:
        new.write_text(text)
        with suppress(FileNotFoundError):
            new.chmod(stat.S_IMODE(target.stat().st_mode))
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _is_whole(path: str) -> bool:
    """Tell whether a new file may take its place: nothing is there, or a file in a
    folder that can be written to. A link stays; the file it leads to is replaced."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return True
    folder = os.path.dirname(os.path.realpath(path))
    return stat.S_ISREG(mode) and os.access(folder, os.W_OK | os.X_OK)


def _temporary(path: str) -> Path:
    return Path(os.path.realpath(path)).parent / f".lab-{os.getpid()}.part"


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        # What is left in the buffer would be tried again, and complained of, at exit.
        with suppress(OSError), open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise


def _save_elsewhere(text: str) -> str:
    """Save a document where that is possible; return a sentence that says where."""
    try:
        number, name = tempfile.mkstemp(".json", "concsite-")
        with open(number, "w") as stream:
            stream.write(text)
    except OSError:
        with suppress(OSError):
            _print(text)
        return "It is on standard output instead"
    return f"It is in {name} instead"


def _why(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or "It was stopped"
