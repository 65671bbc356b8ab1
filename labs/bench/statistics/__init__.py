"""Histograms, intervals, noise floors and comparisons of several runs.

Pure functions of numbers and result documents; nothing here knows how they came about.
"""
