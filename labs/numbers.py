"""Numbers for people, one way everywhere (static/js/numbers.js writes the same)."""


def number(value):
    """Write a number for people: thousands grouped, no more digits than tell."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.3g}" if abs(value) < 10 else f"{value:,.1f}"
