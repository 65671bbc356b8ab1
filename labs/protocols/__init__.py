"""One module a protocol: bytes of requests, parsers of answers, no socket.

`docs/adding-a-protocol.md` says how to add one.
"""
