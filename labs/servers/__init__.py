"""One folder a server under test: driver, configuration template, catalog page.

Modules with a leading underscore are shared by several (`docs/adding-a-server.md`).
"""
