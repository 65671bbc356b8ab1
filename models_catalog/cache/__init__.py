"""What is kept so that pages are fast, and what makes it stale.

Nothing here knows what a page says.
"""
