"""How much the property tests try: the same examples everywhere, every time.

There is no deadline, and slow generation is no error: a busy machine must not fail what
is right. Nothing is remembered between runs.
"""

from hypothesis import HealthCheck, settings

bounded = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
