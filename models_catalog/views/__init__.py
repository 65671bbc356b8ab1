"""The catalog's pages, one module a family of pages.

A view looks up, renders, and leaves queries and checks to the rooms below.
"""
