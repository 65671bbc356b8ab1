"""One module an experiment: its article, parameters, plan and judgement.

Modules with a leading underscore are shared by several. No socket and no Django
(`docs/adding-a-scenario.md`).
"""
