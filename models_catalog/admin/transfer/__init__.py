"""Bundles and tables in and out of the admin, with a preview.

Pages and forms only: reading and writing rows is `sync`.
"""
