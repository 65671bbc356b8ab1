"""The only kind of target there is. This file must not offer a way to choose one."""

from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
PORT = 8080


@dataclass(frozen=True)
class Endpoint:
    """Where the server of this run listens, inside the run's own network namespace.

    Only the sandbox makes one, after `netns.enter_private_network`; no form, spec,
    command or API has a field for it.
    """

    host: str = LOOPBACK
    port: int = PORT
