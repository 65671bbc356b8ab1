"""Leaves its parent as daemons do, stops one child, and stays.

What must not survive the end of its sandbox. Runs inside it only.
"""

import os
import signal
import sys
import time

if os.environ.get("IN_SANDBOX") != "1":
    sys.exit("Refused: this runs inside a sandbox only")

for number in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if number == 3:
            os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(600)
        os._exit(0)
print("ready", flush=True)
time.sleep(600)
