"""What `manage.py lab` does, free of Django's commands.

Only `rejudge` touches the database, and only for runs named by their ids.
"""
