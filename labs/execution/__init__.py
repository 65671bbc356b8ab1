"""Runs from queue to database: claims a row, starts the runner, records its events.

The only writer of runs in progress. It renders nothing and judges nothing.
"""
