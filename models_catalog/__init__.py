"""The catalog: what concurrency models, servers, loads and claims are, in words.

It imports neither `labs` nor `concsite`: what others add to its pages goes through
hooks. `tests/test_rooms.py` lists the rooms from top to bottom.
"""
