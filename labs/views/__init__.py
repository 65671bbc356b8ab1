"""The pages of labs, one module a page or family of pages.

A view gathers, asks `permissions`, renders; what it shows is made in `presentation`.
"""
