"""What may go wrong with a backup, in words for people."""


class BackupError(Exception):
    """A backup could not be made, or cannot be brought back."""
