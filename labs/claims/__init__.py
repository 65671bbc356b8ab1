"""How claims stand on the runs in the database: evaluation and evidence rows.

The rules are `labs/bench/claims`; here they meet rows. Pages are made in `views`.
"""
