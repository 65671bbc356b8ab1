"""Cells of CSV files, which spreadsheets open."""

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_row(values):
    """Return a row of safe cells."""
    return [safe_cell(value) for value in values]


def safe_cell(value):
    """Keep a spreadsheet from reading text as a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
