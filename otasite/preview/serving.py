"""uvicorn in a thread of its own: several listeners, one event loop, a quick and quiet end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvicorn
from starlette.types import ASGIApp

from otasite.problems import OtasiteError

#: Seconds that a listener may take to start, and open requests to end.
PATIENCE = 10.0
FAREWELL = 1


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """Sockets that speak one protocol with one application; https with the PEM file ``certificate``."""

    sockets: Sequence[socket.socket]
    app: ASGIApp
    certificate: Path | None = None


class Serving:
    """Serves listeners from :meth:`start` to :meth:`stop`."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._servers = [uvicorn.Server(_config(listener)) for listener in listeners]
        self._thread = threading.Thread(target=self._run, name="otasite-serve", daemon=True)
        self._error: BaseException | None = None

    def start(self) -> None:
        """Start, and return when all listeners answer."""
        self._thread.start()
        waiting = threading.Event()
        for _ in range(int(PATIENCE / 0.005)):
            if all(server.started for server in self._servers):
                return
            if not self._thread.is_alive():
                break
            waiting.wait(0.005)
        self.stop()
        raise OtasiteError(f"the server did not start: {self._error or 'it did not answer in time'}")

    def stop(self) -> None:
        for server in self._servers:
            server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(FAREWELL + 1)
        for server in self._servers:
            server.force_exit = True
        if self._thread.is_alive():
            self._thread.join(0.5)
        for listener in self._listeners:
            for sock in listener.sockets:
                sock.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (Exception, SystemExit) as error:
            self._error = error

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._listeners, strict=True)
        await asyncio.gather(*(server.serve(list(listener.sockets)) for server, listener in pairs))


def _config(listener: Listener) -> uvicorn.Config:
    return uvicorn.Config(
        listener.app,
        interface="asgi3",
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=FAREWELL,
        ssl_certfile=listener.certificate,
    )
