"""Drawings of models: step diagrams, the map of models, social cards.

Functions from a model's fields to SVG or a picture; pages place them.
"""
