"""News to announce, and a chat on loopback that takes them."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from otasite.hosting.announce.news import (
    Item,
    News,
)

NEWS = News(
    title="Apps & more",
    url="https://apps.example.com/",
    items=(
        Item(
            app="notes",
            name='Notes <"&">',
            icon="https://apps.example.com/notes/icon.png",
            version="1.2",
            build="3",
            date="2026-05-03",
            channel="beta",
            url="https://apps.example.com/notes/1.2-3/",
            platforms=("ios", "android"),
            notes="• New <tag> & @everyone\n• Ünïcode 😀",
        ),
    ),
    more=2,
)


class Chat:
    """A webhook that remembers what it was sent, and answers with these status codes, then 200."""

    def __init__(self) -> None:
        chat = self
        self.bodies: list[Any] = []
        self.answers: list[int] = []
        self.retry_after: list[str] = []
        self.says = b""
        self.encoding = ""
        self.signatures: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = chat.answers.pop(0) if chat.answers else 200
                if status == 200:
                    chat.signatures.append(self.headers.get("Otasite-Signature", ""))
                    chat.bodies.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(chat.says)))
                if chat.encoding:
                    self.send_header("Content-Encoding", chat.encoding)
                if chat.retry_after:
                    self.send_header("Retry-After", chat.retry_after.pop(0))
                self.end_headers()
                with contextlib.suppress(OSError):  # the client has read enough
                    self.wfile.write(chat.says)

            def log_message(self, format: str, *args: object) -> None:
                """Tests look at the bodies."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/services/SECRET"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
