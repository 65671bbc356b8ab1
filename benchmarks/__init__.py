"""Figures, each a file with `main() -> dict[str, number]`; `script/bench` runs them.

A name carries its unit or is a ratio of two things measured in the same run. None is
a test: nothing here fails because a machine is slow.
"""
