"""The labs: experiments on real servers, run in sandboxes and shown live.

`bench`, the plug-ins (`servers`, `scenarios`, `protocols`), `plugins` and `runner.py`
know no Django; all else is the web half, which never opens a connection to a server
under test. `tests/test_rooms.py` lists the rooms from top to bottom.
"""
