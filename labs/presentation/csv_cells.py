"""Cells of the labs' CSV files, which spreadsheets open."""

from models_catalog.files.csv_cells import guarded


def safe_row(values):
    """Return a row of safe cells."""
    return [safe_cell(value) for value in values]


def safe_cell(value):
    """Keep a spreadsheet from reading text as a formula; numbers stay numbers."""
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else value
