"""What the labs add to the catalog's pages, filters, search and admin.

`models_catalog/hooks.py` lists what may be added. Nothing else in labs reaches into
the catalog's pages, and the catalog imports nothing from here.
"""
