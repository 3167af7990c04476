"""What this machine is called on the network it is in. Nothing is sent to find out."""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import closing

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
