"""Servers side by side: which runs may be compared, their figures, the captions.

The statistics are `labs/bench/statistics`; how a table looks is the templates'.
"""
