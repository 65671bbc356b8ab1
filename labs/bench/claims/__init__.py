"""What a claim of the catalog expects of runs, and whether given results meet it.

Pure functions of declarations and result documents. No file is read here, no run is
started, and which runs exist is the web half's business.
"""
