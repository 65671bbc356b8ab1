"""One run from preflight to the last event: phases, ticks, commands, server actions.

The top room of the core, which puts the other rooms together. What it needs to know
about a server or scenario comes through `contracts`.
"""
