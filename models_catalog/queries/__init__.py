"""Rows asked for by several pages: lookup by slug, links between pages, citations.

Queries only; no request and no HTML.
"""
