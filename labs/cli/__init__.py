"""What `manage.py lab` does, one module a subcommand, without Django's command classes.

Only the terminal's side lives here: measuring is `bench`, supervision `execution`.
Only what concerns stored runs (`claims`, `run_queue`, `rejudge`) uses the database.
"""
