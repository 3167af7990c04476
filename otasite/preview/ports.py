"""Sockets to listen on: bound here, before anything else starts, so that a busy port is told at once."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence

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
