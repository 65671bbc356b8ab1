"""What people read about a run: its rows, charts, inside view, numbers and labels.

Pure functions from documents to words and rows. No request and no query.
"""
