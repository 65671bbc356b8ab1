"""Content files, bundles and tables into rows and back; what a curator changed stays.

The format of a file is `files`; nothing here answers a request.
"""
