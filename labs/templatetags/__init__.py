"""What templates of other apps may show of the labs, as tags and filters.

Each tag asks a room below and renders; it decides nothing by itself.
"""
