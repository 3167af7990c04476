"""The ways into a preview: which addresses and ports it listens on, and what each of them speaks."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from otasite.preview.network import lan_address, local_name
from otasite.preview.ports import DEFAULT_PORT, listen

LOOPBACK = "127.0.0.1"
SECURE_PORT = 8443


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to preview.

    ``host`` is the address to listen on ("" for the usual one); ``port`` ``None`` is the first free one from 8000 on
    (https: 8443), 0 any free one. ``lan`` lets other devices in the local network in, ``https`` makes manifests name
    this server, with a certificate of a local authority (:mod:`otasite.preview.authority`).
    """

    host: str = ""
    port: int | None = None
    drafts: bool = True
    future: bool = False
    base_url: str | None = None
    base_path: str | None = None
    poll: bool = False
    https: bool = False
    lan: bool = False
    environment: Mapping[str, str] = {}


class Doors:
    """Sockets that are bound, before anything else is done. ``plain`` speaks http, ``secure`` https.

    Without ``lan`` only loopback is bound, unless ``host`` says otherwise. With ``lan`` and ``https`` both are open:
    https is the site as phones see it, http shows them how to trust it, and people at this machine the site.
    """

    def __init__(self, settings: Settings) -> None:
        self.host = settings.host or (lan_address() if settings.lan else LOOPBACK)
        self.plain: list[socket.socket] = []
        self.secure: list[socket.socket] = []
        self.plain_port = self.secure_port = 0
        hosts = list(dict.fromkeys([self.host, LOOPBACK])) if settings.lan else [self.host]
        try:
            if settings.https:
                self.secure, self.secure_port = listen(hosts, settings.port, first=SECURE_PORT)
            if not settings.https or settings.lan:
                any_port = 0 if settings.port == 0 else None
                asked = any_port if settings.https else settings.port
                self.plain, self.plain_port = listen(hosts, asked, first=DEFAULT_PORT)
        except BaseException:
            self.close()
            raise
        #: By what other devices know this machine; empty without ``lan``.
        self.lan_hosts = frozenset({self.host, local_name()} - {""}) if settings.lan else frozenset()

    def close(self) -> None:
        for sock in (*self.plain, *self.secure):
            with suppress(OSError):
                sock.close()

    @property
    def certificate_names(self) -> list[str]:
        """The names that a server certificate must carry."""
        return list(dict.fromkeys([self.host, *sorted(self.lan_hosts), LOOPBACK, "localhost"]))

    @property
    def secure_origin(self) -> str:
        """``https://host:port`` as phones (without ``lan``: this machine) reach it; "" without https."""
        return f"https://{bracketed(self.host)}:{self.secure_port}" if self.secure else ""

    @property
    def plain_origin(self) -> str:
        """``http://host:port`` as phones (without ``lan``: this machine) reach it; "" when all is https."""
        return f"http://{bracketed(self.host)}:{self.plain_port}" if self.plain else ""

    @property
    def local_origin(self) -> str:
        """The origin for the browser on this machine."""
        if not self.plain:
            return self.secure_origin
        return f"http://{LOOPBACK}:{self.plain_port}" if self.lan_hosts else self.plain_origin


def bracketed(host: str) -> str:
    """A host as URLs write it: addresses of version 6 stand in brackets."""
    return f"[{host}]" if ":" in host else host
