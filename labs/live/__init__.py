"""A run's events on their way to browsers: consumers, the hub, replay of missed ones.

It sends what `execution` has stored and changes no row.
"""
