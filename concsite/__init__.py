"""The project: settings, addresses, how the site is served.

Nothing imports it but what starts the site.
"""
