"""`script/server --reload`: what ran is gone before the next begins, and at the end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site import CHECKOUT
from tests.waiting import until

_CODE = """
import sys
from pathlib import Path
from concsite import reloading
watched, numbers = sys.argv[1:]
command = ["sh", "-c", f"echo $$ >>{numbers}; exec sleep 600"]
sys.exit(reloading.run(command, [Path(watched)]))
"""


class Reloader:
    """Runs a command that writes its number to a file, and again after a change."""

    def __init__(self, folder: Path) -> None:
        self.watched, self._numbers = folder / "watched", folder / "numbers"
        self.watched.mkdir()
        self._numbers.touch()
        words = [sys.executable, "-c", _CODE, self.watched, self._numbers]
        self.process = subprocess.Popen(words, cwd=CHECKOUT)

    def runs(self) -> list[int]:
        """List the process numbers of all that has been run."""
        return [int(line) for line in self._numbers.read_text().split()]

    def change(self) -> None:
        """Change a file; a change that comes before the first look is not seen."""
        (self.watched / "page.html").touch()


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def reloader(tmp_path):
    reloader = Reloader(tmp_path)
    yield reloader
    reloader.process.kill()
    reloader.process.wait()


@pytest.mark.sandbox
class TestReloading:
    def test_what_ran_is_gone_before_the_next_begins(self, reloader):
        until(reloader.runs)

        def has_run_again():
            reloader.change()
            return len(reloader.runs()) > 1

        until(has_run_again)
        first, *_ = reloader.runs()
        assert not is_alive(first)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
    def test_nothing_is_left_of_it(self, reloader, number):
        [run] = until(reloader.runs)
        reloader.process.send_signal(number)
        reloader.process.wait(timeout=20)
        until(lambda: not is_alive(run))
