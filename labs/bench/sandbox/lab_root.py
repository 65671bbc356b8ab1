"""Where the lab root is: a private Debian tree with the servers, made by bootstrap.

This file must run alone, without `.venv`: `script/bootstrap` asks it where the home is,
so that the default is written down once.
"""

import os
from dataclasses import dataclass
from pathlib import Path

SYSTEM_HOME = Path("/var/lib/concsite")  # root's: readable by the sandbox's own uids
HOW_TO_GET = "Run script/bootstrap"


@dataclass(frozen=True)
class LabRoot:
    """The home of labs on this machine and the root in it.

    `home` holds `root`, `bin` and the work directories. `reason` is empty where the
    root exists, and else a sentence for people; `how_to_get` says what to do then.
    """

    home: Path
    root: Path
    exists: bool
    reason: str = ""
    how_to_get: str = ""


def home() -> Path:
    """Return LABS_HOME, or its default for this user; absolute, perhaps not there."""
    if given := os.environ.get("LABS_HOME"):
        return Path(given).absolute()
    if os.geteuid() == 0:
        return SYSTEM_HOME
    # XDG Base Directory Specification: a relative XDG_DATA_HOME is to be ignored.
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (data if data.is_absolute() else Path.home() / ".local/share") / "concsite"


def find() -> LabRoot:
    """Look for the lab root. Never raises: what is wrong is in `reason`.

    Bootstrap renames a finished tree into place, so one that is there is complete.
    """
    here = home()
    root = here / "root"
    if reason := _why_not(root):
        return LabRoot(here, root, False, reason, HOW_TO_GET)
    return LabRoot(here, root, True)


def _why_not(root: Path) -> str:
    try:
        (root / "usr/bin").stat()
        os.listdir(root)
    except (FileNotFoundError, NotADirectoryError):
        return f"There is no lab root at {root}"
    except OSError as error:
        return f"The lab root at {root} cannot be read: {error.strerror}"
    return ""


if __name__ == "__main__":
    print(home())
