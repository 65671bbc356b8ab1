"""Which of several test processes on this machine this is (pytest-xdist): what a
machine has once, each takes for itself.
"""

import os

NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Users of sandboxes: a limit on processes counts all those of a user. A run or a doctor
# at the same time has the first ones.
_FIRST_SLOT, _SLOTS = 400, 3
SLOT, OTHER_SLOT, SERVER_SLOT = range(
    _FIRST_SLOT + NUMBER * _SLOTS, _FIRST_SLOT + (NUMBER + 1) * _SLOTS
)
