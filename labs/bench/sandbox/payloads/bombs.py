"""Takes as much of one thing as it gets, and prints how much that was.

    bombs.py fork|thread|file|memory|processor|inode|disk FOLDER

Runs inside the product's sandbox only, and refuses anywhere else.
"""

import os
import sys
import threading
import time
from typing import NoReturn

if os.environ.get("IN_SANDBOX") != "1":
    sys.exit("Refused: this runs inside a sandbox only")

MAX = 20_000
MEBIBYTE = 2**20


def fork() -> int:
    children: list[int] = []
    try:
        while len(children) < MAX:
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            children.append(pid)
    except OSError:
        pass
    for pid in children:
        os.kill(pid, 9)
    return len(children)


def thread() -> int:
    number = 0
    try:
        while number < MAX:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            number += 1
    except RuntimeError:
        pass
    return number


def file() -> int:
    taken: list[int] = []
    try:
        while len(taken) < MAX:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for fd in taken:
        os.close(fd)
    return len(taken)


def memory() -> int:
    taken: list[bytearray] = []
    try:
        while len(taken) < MAX:
            taken.append(bytearray(os.urandom(4096) * 256))  # touched: it counts
    except MemoryError:
        pass
    return len(taken)


def processor() -> NoReturn:
    while True:
        pass


def inode(folder: str) -> int:
    number = 0
    try:
        while number < 100 * MAX:
            os.close(os.open(f"{folder}/{number}", os.O_CREAT | os.O_WRONLY))
            number += 1
    except OSError:
        pass
    return number


def disk(folder: str) -> int:
    """Fill a folder with files below the limit on one file; return mebibytes."""
    block, written = b"x" * MEBIBYTE, 0
    try:
        while written < 1024:
            with open(f"{folder}/{written // 32}", "ab", buffering=0) as out:
                if out.write(block) != MEBIBYTE:
                    break  # no room for a whole block
                written += 1
    except OSError:
        pass
    return written


result = globals()[sys.argv[1]](*sys.argv[2:])
print(result, flush=True)
os._exit(0)
