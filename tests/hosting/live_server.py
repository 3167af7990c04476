"""A web server whose every answer a test can spoil: the deployments that ``verify`` must see through."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import threading
import warnings
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from otasite.hosts.headers import headers_for


@dataclass
class Resource:
    """One answer. ``sent`` cuts the body short on the wire; ``busy`` is how often it answers 503 before,
    ``hangs_up`` how often it closes the connection instead of answering.
    """

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    head_status: int | None = None
    ranges: bool = True
    gzip: bool = False
    length: bool = True
    sent: int | None = None
    busy: int = 0
    hangs_up: int = 0

    @classmethod
    def html(cls, text: str, status: int = 200) -> Resource:
        return cls(text.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"}, status)

    @classmethod
    def redirect(cls, location: str) -> Resource:
        return cls(b"", {"Location": location}, 302)


class LiveServer:
    """An https server on loopback. ``resources`` are the answers by path; ``fallback`` answers all others."""

    def __init__(self, pem: Path) -> None:
        self.resources: dict[str, Resource] = {}
        self.fallback = Resource.html("<!doctype html><title>404</title>", 404)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.site = self
        self.use(pem)
        self.port = self._http.server_port
        self.url = f"https://localhost:{self.port}/"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def use(self, pem: Path, *, old_protocol: bool = False) -> None:
        """Present another certificate to new connections."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old_protocol:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # deprecated is just what it shall be
                context.minimum_version = ssl.TLSVersion.TLSv1_1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.load_cert_chain(pem)
        self._http.context = context

    def load(self, dist: Path) -> None:
        """Serve a built site as otasite's table of headers wants it."""
        self.resources = {}
        for file in dist.rglob("*"):
            if file.is_file() and file.name not in ("_headers", ".nojekyll"):
                path = "/" + file.relative_to(dist).as_posix()
                path = path.removesuffix("index.html") if path.endswith("/index.html") else path
                self.resources[path] = Resource(file.read_bytes(), headers_for(path))
        self.fallback = Resource(self.resources["/404.html"].body, headers_for("/404.html"), 404)
        self.requests.clear()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: LiveServer
    context: ssl.SSLContext

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = self.socket.accept()
        connection.settimeout(10)
        # The handshake happens in the connection's own thread: a client that hangs up must not stop the others.
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that refuse the certificate, or hang up early, are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms between head and body

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        site = self.server.site
        path = unquote(urlsplit(self.path).path)
        site.requests.append((self.command, path, dict(self.headers)))
        resource = site.resources.get(path, site.fallback)
        if resource.hangs_up:
            resource.hangs_up -= 1
            self.close_connection = True
            return
        if resource.busy:
            resource.busy -= 1
            resource = Resource(b"later", {"Retry-After": "0"}, 503)
        self._send(resource)

    def _send(self, resource: Resource) -> None:
        body, status, headers = resource.body, resource.status, dict(resource.headers)
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if resource.gzip and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        elif match and resource.ranges and status == 200:
            first, last = int(match[1]), min(int(match[2]), len(body) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
            body, status = body[first : last + 1], 206
        if self.command == "HEAD" and resource.head_status:
            status = resource.head_status
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        if resource.length:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: resource.sent])
            if resource.sent is not None:
                self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at ``requests`` instead."""
