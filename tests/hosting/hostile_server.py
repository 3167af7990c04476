"""A server on loopback that means harm: each path is answered by a script that writes whatever bytes it likes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

#: Answers one request: gets the connection and the request's method and headers (names in lower case).
Script = Callable[["Connection"], None]


class Connection:
    """One request on its way; ``headers`` have names in lower case."""

    def __init__(self, wire: ssl.SSLSocket, method: str, path: str, headers: dict[str, str], stop: threading.Event):
        self.wire = wire
        self.method = method
        self.path = path
        self.headers = headers
        self.stop = stop

    def head(self, status: int = 200, *lines: str) -> None:
        """Send the head of a response that ends with the connection."""
        text = "\r\n".join([f"HTTP/1.1 {status} X", *lines, "Connection: close", "", ""])
        self.wire.sendall(text.encode("latin-1"))

    def body(self, data: bytes, *lines: str, status: int = 200, type_: str = "text/html") -> None:
        """Send a whole response."""
        self.head(status, f"Content-Type: {type_}", "Cache-Control: no-cache", f"Content-Length: {len(data)}", *lines)
        if self.method != "HEAD":
            self.wire.sendall(data)

    def drip(self, data: bytes, seconds: float) -> None:
        """Send one byte after the other, with a pause before each, until the client hangs up or the test ends."""
        for at in range(len(data)):
            if self.stop.wait(seconds):
                return
            self.wire.sendall(data[at : at + 1])


class HostileServer:
    """Scripts by path; other paths are missing. Use as a context manager."""

    def __init__(self, pem: Path, scripts: dict[str, Script]) -> None:
        self.scripts = scripts
        self.requests: list[str] = []
        self._stop = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> HostileServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(60)
        # A client that hangs up in the middle is what these tests are about.
        with contextlib.suppress(OSError), self._context.wrap_socket(connection, server_side=True) as wire:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := wire.recv(65536)):
                    return  # only a handshake
                head += more
            first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
            method, path, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            self.requests.append(path)
            script = self.scripts.get(path, missing)
            script(Connection(wire, method, path, headers, self._stop))


def missing(connection: Connection) -> None:
    connection.body(b"<!doctype html><title>404</title>", status=404)


def page(html: str | bytes) -> Script:
    data = html.encode() if isinstance(html, str) else html
    return lambda connection: connection.body(data)


def data(body: bytes, type_: str, *lines: str) -> Script:
    return lambda connection: connection.body(body, *lines, type_=type_)
