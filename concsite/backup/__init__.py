"""Everything that cannot be made again, in one file: database, pictures, secret key.

An archive is a tar file, compressed where its name ends in `.gz`:

    database.sqlite3 or database.pgdump, secret-key, media/..., manifest.json

The manifest is its last member and has the digest of every other.
"""
