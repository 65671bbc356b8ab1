"""Shares the machine's cores between the server, the generator and the probe."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Cpus:
    """Sets of core numbers. The same where there is only one."""

    server: frozenset[int]
    load: frozenset[int]
    probe: frozenset[int]


def share(available: frozenset[int]) -> Cpus:
    """Give the server the first core, the generator the second, the probe the third.

    With two, the probe stays off the server's: it must not take from what it measures.
    """
    cores = sorted(available)
    return Cpus(
        server=frozenset(cores[:1]),
        load=frozenset(cores[1:2] or cores[:1]),
        probe=frozenset(cores[2:3] or cores[1:2] or cores[:1]),
    )


def claim() -> Cpus:
    """Share the cores this process may use, and move it to the generator's."""
    cpus = share(frozenset(os.sched_getaffinity(0)))
    # Children inherit it, also over exec: sched_setaffinity(2).
    os.sched_setaffinity(0, cpus.load)
    return cpus
