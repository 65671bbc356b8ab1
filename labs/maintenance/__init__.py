"""What is removed once a night so that the site's data stay within bounds.

Each module has steps; `steps.py` lists them, `manage.py maintain` carries them out.
"""
