"""The memory of a process as it is shared: the proportional set size.

Resident pages count fully in each process that maps them, so that a prefork server
looks larger than it is; here a page counts as its share. The kernel walks the process's
whole memory for it (a millisecond for 1,000 threads, measured), so it is asked once a
second.
"""

from labs.bench.observer import procfs


def pss_bytes(pid: int) -> int | None:
    """Return it for a process of the host; None where that is not to be seen."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return procfs.pss_bytes(file.read())
    except OSError:  # not permitted, or the process is gone
        return None
