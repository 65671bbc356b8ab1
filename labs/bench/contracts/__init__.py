"""The shapes others rely on: plug-in base classes, specs, events, commands, errors.

Declarations and the rules that validate them. Nothing here opens a socket, starts a
process or imports another room of the core.
"""
