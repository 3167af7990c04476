"""The ways into a preview: which addresses and ports it listens on, and what each of them speaks."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from otasite.preview.network import lan_address, local_name
from otasite.problems import Refused

#: Where the search for a free port starts when none was asked for, and how many are tried.
DEFAULT_PORT = 8000
TRIES = 50


def listen(hosts: Sequence[str], port: int | None, *, first: int = DEFAULT_PORT) -> tuple[list[socket.socket], int]:
    """Bind one port on all ``hosts``: ``port``, or the first free one from ``first`` on when it is ``None``.

    Port 0 takes one that is free on all of them. Raises :class:`Refused` when a port that was asked for is busy, or a
    host is not this machine's.
    """
    if port:
        return _bind_all(hosts, port)
    # Of port 0 the system chooses for the first host; that one may be busy on the next, and then it chooses anew.
    for candidate in range(first, first + TRIES) if port is None else (0,) * TRIES:
        try:
            return _bind_all(hosts, candidate)
        except _BusyPort:
            continue
    if port == 0:
        raise Refused(f"no port is free on all of {', '.join(hosts)}", "choose one yourself: --port 9000")
    raise Refused(f"all ports from {first} to {first + TRIES - 1} are in use", "choose one yourself: --port 9000")


class _BusyPort(Refused):
    """The port is in use by another program."""


def _bind_all(hosts: Sequence[str], port: int) -> tuple[list[socket.socket], int]:
    bound: list[socket.socket] = []
    try:
        for host in hosts:
            bound.append(_bind(host, port))
            port = bound[0].getsockname()[1]
    except BaseException:
        for other in bound:
            other.close()
        raise
    return bound, port


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio switches Nagle's algorithm off, which would cost 40 ms a page.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere this option would let two programs share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise _trouble(error, host, port) from error
    return sock


def _trouble(error: OSError, host: str, port: int) -> Refused:
    if error.errno in (errno.EADDRINUSE, errno.EACCES) and port >= 1024:
        return _BusyPort(
            f"port {port} of {host} is in use by another program", "choose another --port, or leave it out"
        )
    if error.errno == errno.EACCES:
        return Refused(f"port {port} needs the rights of an administrator", "choose a --port from 1024 on")
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return Refused(f"{host} is not an address of this machine", "leave --host out, or give one of its addresses")
    return Refused(
        f"cannot listen on {host}, port {port}: {error.strerror or error}", "choose another --host or --port"
    )


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


class Listeners:
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
