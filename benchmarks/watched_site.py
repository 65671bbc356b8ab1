"""The site's settings, with a runner that measures nothing and a probe in the loop.

No benchmark itself: `viewers` starts a site with these settings.
"""

import sys

from concsite.settings import *  # noqa: F403
from concsite.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.loop_probe.LoopProbeConfig"]
LABS_RUNNER_COMMAND = [sys.executable, "-m", "benchmarks.paced_runner"]
