"""Reads the texts of /proc, as proc(5) describes them. Bytes in, numbers out."""

import os
import re
from dataclasses import dataclass

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)
_NUMBERS = re.compile(rb"^NSpid:\s+(.*)$", re.MULTILINE)
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Stat:
    """What is used of /proc/PID/stat. `parent` as the reader numbers processes."""

    name: str
    state: str
    parent: int
    own_cpu_s: float
    all_cpu_s: float  # with the children it has reaped
    threads: int
    rss_bytes: int


def stat(line: bytes) -> Stat:
    """Read a `stat` line. ProcessLookupError for an empty one: the process is gone."""
    if not line:
        raise ProcessLookupError
    # The name may hold spaces and brackets.
    opened, closed = line.index(b"("), line.rindex(b")")
    rest = line[closed + 2 :].split()
    # proc(5) counts from 1, and two fields stand before `rest`: number N is N - 3.
    ran = int(rest[11]) + int(rest[12])
    reaped = int(rest[13]) + int(rest[14])
    return Stat(
        name=line[opened + 1 : closed].decode("utf-8", "replace"),
        state=rest[0].decode(),
        parent=int(rest[1]),
        own_cpu_s=ran / _TICKS_PER_S,
        all_cpu_s=(ran + reaped) / _TICKS_PER_S,
        threads=int(rest[17]),
        rss_bytes=int(rest[21]) * _PAGE_BYTES,
    )


def state_letter(line: bytes) -> str:
    """Return the letter for the state of a task's `stat` line; "" for an empty one."""
    at = line.rfind(b")") + 2
    return line[at : at + 1].decode()


def inner_number(status: bytes) -> int | None:
    """Return the number a task has in its innermost namespace, from its `status`."""
    found = _NUMBERS.search(status)
    return int(found[1].split()[-1]) if found else None


def schedule(line: bytes) -> tuple[int, int, int]:
    """Read a `schedstat` line: a task's time on processors in ns, how long it was ready
    to run and something else did, in ns, and how often it was put on a processor."""
    words = line.split()
    if len(words) != 3:
        return 0, 0, 0
    ran_ns, waited_ns, times = map(int, words)
    return ran_ns, waited_ns, times


def pss_bytes(rollup: bytes) -> int | None:
    """Return the proportional set size of a `smaps_rollup`, if it is in it."""
    found = _PSS.search(rollup)
    return 1024 * int(found[1]) if found else None


def socket_inode(link: str) -> int:
    """Return the inode of the socket that a link of `fd` names; 0 for other files."""
    found = _SOCKET.fullmatch(link)
    return int(found[1]) if found else 0


def counters(text: bytes, table: bytes) -> dict[str, int]:
    """Return one table of `net/snmp` or `net/netstat`: a line of names, one of values.

    Empty if the table is not there.
    """
    lines = [
        line.split()[1:] for line in text.splitlines() if line.startswith(table + b":")
    ]
    if len(lines) != 2:
        return {}
    names, values = lines
    return {n.decode(): int(v) for n, v in zip(names, values, strict=False)}


def time_wait(sockstat: bytes) -> int:
    """Return how many connections are in TIME_WAIT, from `net/sockstat`."""
    for line in sockstat.splitlines():
        words = line.split()
        if words[:1] == [b"TCP:"] and b"tw" in words:
            return int(words[words.index(b"tw") + 1])
    return 0
