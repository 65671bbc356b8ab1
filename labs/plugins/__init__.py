"""Finds servers, scenarios, protocols; checks them; says which can run on this host.

No Django: the runner and the command line use it without a database.
"""
