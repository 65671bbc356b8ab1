"""What tells a curator that a page needs attention: links, warnings, drafts, claims.

Checks report and never raise or change a row.
"""
