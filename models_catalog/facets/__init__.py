"""The filters of lists: what a facet is, and which list has which.

A facet turns the address into a query and counts; it renders nothing.
"""
