"""Honest clients, each its own process: does the server still answer?

They are apart from the load on purpose: a busy generator must not delay them.
"""
