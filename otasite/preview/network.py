"""What this machine is called on the network it is in, and who may ask it by which name.

Nothing is sent to find out. Only pages and people are answered that address this server by a name that is its own:
a page of any site can make a browser send requests to 127.0.0.1, and by letting its own name point there (DNS
rebinding) read the answers. The Host header then shows that name.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import closing
from urllib.parse import urlsplit

from otasite.problems import Refused

#: An address that exists nowhere (RFC 5737): “connecting” to it by UDP only asks which way packets would leave.
_NOWHERE = ("192.0.2.1", 9)


def lan_address() -> str:
    """The address by which others in the local network reach this machine.

    Raises :class:`Refused` when it is in no network, or in a public one.
    """
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(_NOWHERE)
            address = str(probe.getsockname()[0])
        except OSError as error:
            raise Refused(
                "this machine is in no network", "connect it to the phone's Wi-Fi, or name its address with --host"
            ) from error
    if ipaddress.ip_address(address).is_global:
        raise Refused(
            f"{address} is a public address: the whole internet could reach the preview",
            "name a private address of this machine with --host, or use a tunnel and --base-url",
        )
    return address


def local_name() -> str:
    """This machine's name on the local link (``studio.local``), "" when its host name gives none."""
    name = socket.gethostname().partition(".")[0].lower()
    return f"{name}.local" if re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name) and name != "localhost" else ""


def authority_name() -> str:
    """How the local authority is called in a phone's settings: people with two computers tell them apart by it."""
    return f"otasite preview ({socket.gethostname().partition('.')[0] or 'this computer'})"


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
