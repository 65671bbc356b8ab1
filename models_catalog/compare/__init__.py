"""Models and servers side by side: what is chosen and the rows that differ.

Measured figures are added by labs, through the hooks.
"""
