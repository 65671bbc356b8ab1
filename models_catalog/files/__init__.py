"""Content files: front matter read, checked and rewritten without losing its comments.

Text in, values out. Rows of the database are `sync`.
"""
