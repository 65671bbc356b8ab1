"""Markdown to safe HTML: plugins for citations and terms, and what is unsafe.

Text in, HTML out; which pages exist is asked of `queries` by the caller.
"""
