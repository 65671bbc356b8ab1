"""How much the property tests try: the same examples everywhere, every time.

There is no deadline, and slow generation is no error: a busy machine must not fail what
is right. Nothing is remembered between runs. With CONCSITE_TEST_DEEP=1 they try many
more examples, other ones each time; what fails is printed.
"""

import os

from hypothesis import HealthCheck, settings

DEEP = os.environ.get("CONCSITE_TEST_DEEP", "") not in ("", "0")

bounded = settings(
    max_examples=2000 if DEEP else 30,
    derandomize=not DEEP,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
