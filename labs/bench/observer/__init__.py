"""Looks into the server from outside: /proc of its threads, its listening port.

It reads and never writes; the server does not notice. What the numbers mean for a
verdict is decided in `verdicts`.
"""
