"""Versions of a page: what changed between two, and how one is brought back.

On top of django-simple-history; the pages are in `admin`.
"""
