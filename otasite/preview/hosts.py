"""Who may ask: only pages and people that address this server by a name that is its own.

A page of any site can make a browser send requests to 127.0.0.1, and by letting its own name point there (DNS
rebinding) read the answers. The Host header then shows that name; such requests are refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit


def host_of(header: str) -> str:
    """The host in a Host header, without port, in lower case; "" when it is not one."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host (a name or an address) can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class Hosts:
    """The hosts that requests may name: loopback, and those that the preview was told of."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._more = frozenset(host.lower().rstrip(".") for host in more if host)

    def allows(self, header: str) -> bool:
        host = host_of(header)
        return is_loopback(host) or host in self._more

    def is_own_origin(self, origin: str, header: str) -> bool:
        """Whether a request that changes something comes from a page of this server."""
        return urlsplit(origin).netloc.lower() == header.lower() and self.allows(header)
