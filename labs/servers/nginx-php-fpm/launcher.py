"""Starts PHP-FPM, then NGINX, and ends both when it is asked to or one of them ends.

Arguments: the pool's socket, the binaries of PHP-FPM and of NGINX.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

LOOK_S = 0.01
STOPPING = (signal.SIGTERM, signal.SIGINT)


def main(pool_socket, php_fpm, nginx):
    # Held back until there is somebody to pass it on to.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    pool = start(php_fpm, "-n", "-F", "-y", "/lab/php-fpm.conf")
    # NGINX would start without it, and answer 502 until it is there.
    while pool.poll() is None and not os.path.exists(pool_socket):
        time.sleep(LOOK_S)
    if pool.returncode is not None:
        return pool.returncode
    front = start(nginx, "-e", "stderr", "-p", "/box", "-c", "/lab/nginx.conf")
    asked = []

    def stop(number, frame):
        asked.append(number)
        end(pool, front)

    for number in STOPPING:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    # A wait that a signal interrupts goes on after stop(), until somebody has ended.
    _, status = os.wait()
    if not asked:
        print("One of the two has ended; ending the other", file=sys.stderr)
    end(pool, front)
    os.wait()
    if asked:
        return 0
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code or 1


def start(*command):
    # A child inherits what is held back, and must hear what it is told.
    return subprocess.Popen(command, preexec_fn=hear)


def hear():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def end(*children):
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
