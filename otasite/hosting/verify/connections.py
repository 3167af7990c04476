"""Connections with a deadline for everything that one request reads and writes, whatever the server drips."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from otasite.hosting.bounded import Deadline


class TimedBackend(httpcore.NetworkBackend):
    """httpcore's network, whose waits all end at the deadline of the calling thread's request.

    httpcore's own timeouts are for each read: a server that sends a byte now and then never meets one.
    """

    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()
        self._threads = threading.local()

    @contextmanager
    def until(self, seconds: float) -> Iterator[None]:
        """Within this block, whatever this thread waits for ends in ``seconds`` with a timeout of httpcore's."""
        self._threads.deadline = Deadline(seconds)
        try:
            yield
        finally:
            del self._threads.deadline

    def left(self, timeout: float | None) -> float | None:
        """``timeout``, or the seconds until the deadline when those are fewer."""
        deadline: Deadline | None = getattr(self._threads, "deadline", None)
        if deadline is None:
            return timeout
        return deadline.left() if timeout is None else min(timeout, deadline.left())

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self.left(timeout)
        if seconds == 0:
            raise httpcore.ConnectTimeout
        stream = self._network.connect_tcp(host, port, seconds, local_address, socket_options)
        return _TimedStream(stream, self)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, backend: TimedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = self._backend.left(timeout)
        if seconds == 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        seconds = self._backend.left(timeout)
        if seconds == 0:
            raise httpcore.WriteTimeout
        self._stream.write(buffer, seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = self._backend.left(timeout)
        if seconds == 0:
            raise httpcore.ConnectTimeout
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._backend)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
