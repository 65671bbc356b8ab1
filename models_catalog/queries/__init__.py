"""What several pages ask for: a row by its slug, links, citations, texts with notes.

Nothing here knows of a request.
"""
