"""The directories of one sandbox, in the run's private mount namespace.

    STAGE/<number>/root   the lab root, read-only
    STAGE/<number>/box    the work directory: a tmpfs of the sandbox's user
    STAGE/<number>/lab    the inputs, world-readable

Being in a private namespace, they need no cleaning after a SIGKILL, and the sandbox's
user reaches them even when the lab root stands below somebody's 0700 home.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from labs.bench.contracts.errors import BenchFault, Reason
from labs.bench.sandbox import lab_root
from labs.bench.sandbox import system_calls as sys_

_BOX_OPTIONS = "size=64m,nr_inodes=4096,mode=700"


def prepare(stage: Path, number: int, uid: int, files: Mapping[str, str]) -> Path:
    """Make the directories of sandbox `number`; BenchFault if that fails.

    `files` maps names relative to /lab to their text.
    """
    root = lab_root.find()
    if not root.exists:
        raise BenchFault(f"{root.reason}; {root.how_to_get}", reason=Reason.SANDBOX)
    place = stage / str(number)
    flags = sys_.MS_NOSUID | sys_.MS_NODEV
    try:
        for name in ("root", "box", "lab"):
            _make_directory(place / name)
        sys_.mount(
            str(root.root), f"{place}/root", None, sys_.MS_BIND | sys_.MS_REC, ""
        )
        options = f"{_BOX_OPTIONS},uid={uid},gid={uid}"
        sys_.mount("tmpfs", f"{place}/box", "tmpfs", flags, options)
        for name, text in files.items():
            _write(place / "lab", name, text)
    except OSError as error:
        discard(place)
        raise BenchFault(
            f"The sandbox's directories cannot be made: {error}", reason=Reason.SANDBOX
        ) from error
    except BenchFault:
        discard(place)
        raise
    return place


def _make_directory(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    # Not left to the umask: the sandbox's user is another than ours.
    path.chmod(0o755)
    path.parent.chmod(0o755)


def _write(folder: Path, name: str, text: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise BenchFault(f"A file of the sandbox cannot be called {name!r}")
    for depth in range(1, len(parts)):
        _make_directory(folder.joinpath(*parts[:depth]))
    path = folder.joinpath(*parts)
    path.write_text(text)
    path.chmod(0o644)


def discard(place: Path) -> None:
    """Let go of a sandbox's mounts. The tmpfs is never walked, only detached."""
    for name in ("root", "box"):
        with suppress(OSError):
            sys_.detach(f"{place}/{name}")
