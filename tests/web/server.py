"""A web server for tests: a folder under a base path, with the headers that its ``_headers`` file asks for."""

from __future__ import annotations

import gzip
import io
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Server:
    """Serves ``folder`` on a free loopback port until :meth:`close`. ``url`` ends with the base path's slash.

    ``compressed`` sends text as hosts do, with gzip; tests that look at bytes want it as it is.
    """

    def __init__(self, folder: Path, base: str = "/", *, compressed: bool = False) -> None:
        self.base = "/" + base.strip("/") + "/" if base.strip("/") else "/"
        rules = read_headers_file(folder / "_headers")
        base_path = self.base
        compresses = compressed

        class Handler(_Handler):
            root = folder
            base = base_path
            header_rules = rules
            compressed = compresses

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._http.server_port}"
        self.url = self.origin + self.base
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def read_headers_file(path: Path) -> list[tuple[str, str, str]]:
    """The rules of a Netlify ``_headers`` file, if there is one: (path as a regular expression, header, value)."""
    rules: list[tuple[str, str, str]] = []
    pattern = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not line[0].isspace():
            pattern = "".join(
                {"*": ".*", ":": "[^/]+"}.get(piece[:1], re.escape(piece)) for piece in re.split(r"(\*|:\w+)", text)
            )
            continue
        name, _, value = text.partition(":")
        rules.append((pattern, name.strip(), value.strip()))
    return rules


#: What hosts send compressed.
_TEXTS = {".html", ".css", ".js", ".svg", ".xml", ".json", ".txt", ".webmanifest"}


class _Handler(SimpleHTTPRequestHandler):
    root: Path
    base: str
    header_rules: list[tuple[str, str, str]]
    compressed: bool
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for the client's answer

    def send_head(self) -> object:  # type: ignore[override]
        path = unquote(urlsplit(self.path).path)
        file = Path(self.translate_path(self.path))
        if not path.startswith(self.base) or not file.exists():
            self._not_found()
            return None
        file = file / "index.html" if file.is_dir() and path.endswith("/") else file
        if self.compressed and file.suffix in _TEXTS:
            return self._send_compressed(file)
        return super().send_head()

    def _send_compressed(self, file: Path) -> io.BytesIO:
        body = gzip.compress(file.read_bytes(), 9)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def translate_path(self, path: str) -> str:
        inside = urlsplit(path).path.removeprefix(self.base)
        self.directory = str(self.root)
        return super().translate_path("/" + inside)

    def end_headers(self) -> None:
        path = unquote(urlsplit(self.path).path)
        for pattern, name, value in self.header_rules:
            if re.fullmatch(pattern, path) and name.lower() != "content-type":
                self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test's output is for its failures."""

    def _not_found(self) -> None:
        page = self.root / "404.html"
        body = page.read_bytes() if page.exists() else b"not found"
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
