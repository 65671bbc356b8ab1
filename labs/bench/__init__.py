"""The measuring core: starts one server in a sandbox, loads it, watches it, judges it.

It uses Python's own library and knows neither Django nor a plug-in. The rooms import
downwards only: run > result, probe > server, verdicts, generator > trust, sandbox,
observer, claims, statistics, net > contracts (`tests/test_boundaries.py`).
"""
