"""Namespaces, bubblewrap, seccomp, control groups: what locks a server in.

The only place that makes an `Endpoint`. It knows no server, no scenario, no protocol.
"""
