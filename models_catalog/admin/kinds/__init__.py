"""One module a kind of page: its admin class and what is special about its form.

What kinds share is one folder up.
"""
