"""What a server needs of its sandbox beyond the defaults."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """What a server needs beyond the sandbox's defaults."""

    open_files: int = 1024
    processes: int = 128  # processes and threads together
    address_space_bytes: int | None = None  # None: the sandbox's default
