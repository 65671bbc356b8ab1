"""The instrument checks itself: do the numbers of a run agree with each other?

Pure functions of facts. They say whether a result may be believed, never whether the
server did well.
"""
