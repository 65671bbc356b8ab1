"""What templates show of the catalog, as tags and filters.

Each tag asks a room below and renders; it decides nothing by itself.
"""
