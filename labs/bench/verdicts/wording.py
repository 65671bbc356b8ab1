"""How verdicts write numbers for people."""


def milliseconds(value: float) -> str:
    """Write a latency for a sentence."""
    if value >= 10:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 0.1 else f"{value:.2g} ms"


def seconds(value: float) -> str:
    """Write an instant or a duration for a sentence."""
    return f"{value:.1f} s"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: 1 process, 1,000 connections."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {plural(noun)}"


def plural(noun: str) -> str:
    """Return the plural of a worker noun or another regular English noun."""
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
