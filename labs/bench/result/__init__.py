"""Assembles the result document of a run: facts, series, summary, trust.

It records what happened, complete even when a run failed. No verdict is made here; a
scenario's judge makes it from what is stored.
"""
