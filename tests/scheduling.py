"""Which process runs which test, where pytest-xdist runs several."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

from labs.plugins import registry


class ByServer(LoadScopeScheduling):
    """All tests of one server go to one process, which starts it once and remembers
    what it saw; others stay together by file.

    pytest-xdist 3.8 does not see its own groups with pytest 9: in place of those.
    """

    def _split_scope(self, nodeid: str) -> str:
        file, _, parameters = nodeid.partition("[")
        named = [slug for slug in registry.servers() if slug in parameters]
        return max(named, key=len, default=file.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Use it for --dist loadgroup."""
    return ByServer(config, log) if config.getvalue("dist") == "loadgroup" else None
