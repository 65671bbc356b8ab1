"""The proportional set size of a process that is there, and of one that is not."""

import os

from labs.bench.observer import pss
from labs.bench.observer.procfs import stat


class TestPss:
    def test_it_is_something_and_at_most_what_is_resident(self):
        pss_bytes = pss.pss_bytes(os.getpid())
        with open("/proc/self/stat", "rb") as file:
            resident_bytes = stat(file.read()).rss_bytes
        # The kernel counts resident pages in batches: they may be a little more.
        assert 1_000_000 < pss_bytes < resident_bytes + 4_000_000

    def test_of_a_process_that_is_gone_it_is_not_known(self):
        assert pss.pss_bytes(2**22 + 1) is None
