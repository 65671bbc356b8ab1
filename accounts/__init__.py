"""Who comes in, and a log of what they do that matters.

It stands below the labs, which call `audit.record`, and knows neither them nor pages.
"""
