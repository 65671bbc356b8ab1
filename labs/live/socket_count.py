"""How many sockets are open by session, account and address, and how many may be.

The greatest numbers are in settings.LABS_MAX_SOCKETS, docs/deployment.md explains them.
"""

from collections import Counter
from ipaddress import IPv6Address, ip_address

from django.conf import settings

Holder = tuple[str, object]  # "session", "account" or "address", and which one
_IPV6_NETWORK_BITS = 64  # what one household or device is given at least
open_sockets: Counter[Holder] = Counter()


class Places:
    """The places that one socket takes up; `leave` gives them back."""

    def __init__(self) -> None:
        self._taken: list[Holder] = []

    def take(self, kind: str, which: object) -> bool:
        """Take a place; say whether there was one."""
        holder = (kind, which)
        if open_sockets[holder] >= settings.LABS_MAX_SOCKETS[kind]:
            return False
        open_sockets[holder] += 1
        self._taken.append(holder)
        return True

    def leave(self) -> None:
        """Give all of them back."""
        while self._taken:
            holder = self._taken.pop()
            open_sockets[holder] -= 1
            if not open_sockets[holder]:
                del open_sockets[holder]


def address_holder(address: str) -> str:
    """Return whom an address stands for: of IPv6 a client has a whole network."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        host_bits = found.max_prefixlen - _IPV6_NETWORK_BITS
        return str(IPv6Address(int(found) >> host_bits << host_bits))
    return address
