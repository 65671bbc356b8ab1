"""The event loop on epoll and the non-blocking client sockets that ride on it.

It knows addresses and readiness, no protocol and no kind of load.
"""
