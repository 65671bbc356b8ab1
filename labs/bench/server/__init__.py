"""The server under test, as a process in its box: found, started, ready, heard, ended.

How the box is built is `sandbox`; what differs between servers is in their drivers.
"""
