"""What is remembered so that pages are fast, and what makes it stale.

Two caches, both in Django's: values and whole pages. Nothing here knows what a page
says.
"""
