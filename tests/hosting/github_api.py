"""GitHub's REST API for releases on loopback, as GitHub's documentation describes it, with moods for tests."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token-for-tests"


@dataclass
class Asset:
    id: int
    name: str
    body: bytes
    content_type: str
    state: str = "uploaded"


@dataclass
class Release:
    id: int
    tag: str
    latest: str
    assets: list[Asset] = field(default_factory=list)


@dataclass
class Repository:
    """``failures`` are statuses with which the next uploads end; a 502 leaves an empty file, as documented."""

    private: bool = False
    writable: bool = True
    digests: bool = True
    page: int = 100
    releases: dict[str, Release] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    #: Answers are lost after the file was stored this often.
    lost_answers: int = 0
    #: A proxy answers everything with a page.
    page_instead: bool = False
    #: Every list of files names a next page, with the same files or with more.
    endless: str = ""
    #: Each body is sent compressed so often.
    layers: int = 0
    #: Bytes that follow a file when it is read.
    surplus: int = 0
    requests: list[str] = field(default_factory=list)


class GitHub:
    """The server; ``repository`` is the only one, ``example/apps``."""

    def __init__(self) -> None:
        self.repository = Repository()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.github = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def environment(self) -> dict[str, str]:
        return {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": self.url}

    def files(self, tag: str) -> dict[str, bytes]:
        """Name and bytes of every complete file of a release."""
        assets = self.repository.releases[tag].assets
        return {asset.name: asset.body for asset in assets if asset.state == "uploaded"}

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.repo.page_instead:
            return self._send(200, b"<!doctype html>", {"Content-Type": "text/html"})
        self.repo.requests.append(f"{self.command} {parts.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._json(401, {"message": "Bad credentials"})
        for method, pattern, act in self.ROUTES:
            match = re.fullmatch(pattern, parts.path)
            if match and method == self.command:
                return act(self, body, *match.groups())
        return self._json(404, {"message": "Not Found"})

    do_GET = do_POST = do_DELETE = _answer

    @property
    def repo(self) -> Repository:
        found: Repository = self.server.github.repository  # type: ignore[attr-defined]
        return found

    @property
    def base(self) -> str:
        url: str = self.server.github.url  # type: ignore[attr-defined]
        return url

    # --- what the routes do ---------------------------------------------------------------------------------

    def _repository(self, body: bytes) -> None:
        self._json(200, {"full_name": "example/apps", "private": self.repo.private})

    def _by_tag(self, body: bytes, tag: str) -> None:
        release = self.repo.releases.get(unquote(tag))
        if release is None:
            return self._json(404, {"message": "Not Found"})
        return self._json(200, self._release(release))

    def _create(self, body: bytes) -> None:
        asked = json.loads(body)
        if not self.repo.writable:
            return self._json(403, {"message": "Resource not accessible by integration"})
        release = Release(len(self.repo.releases) + 1, asked["tag_name"], asked.get("make_latest", "true"))
        self.repo.releases[release.tag] = release
        return self._json(201, self._release(release))

    def _assets(self, body: bytes, number: str) -> None:
        assets = self._numbered(number).assets
        page, size = int(self.query.get("page", "1")), min(self.repo.page, int(self.query.get("per_page", "30")))
        more = {}
        if self.repo.endless:
            shown = page if self.repo.endless == "more" else 0
            listed = [self._asset(Asset(shown * 100 + at, f"{shown}-{at}.apk", b"", "")) for at in range(100)]
            more["Link"] = f'<{self.base}{urlsplit(self.path).path}?page={page + 1}>; rel="next"'
            return self._json(200, listed, more)
        if len(assets) > page * size:
            more["Link"] = f'<{self.base}{urlsplit(self.path).path}?per_page={size}&page={page + 1}>; rel="next"'
        return self._json(200, [self._asset(asset) for asset in assets[(page - 1) * size : page * size]], more)

    def _upload(self, body: bytes, number: str) -> None:
        release = self._numbered(number)
        name = re.sub(r"[^A-Za-z0-9._+-]", ".", self.query["name"]).strip(".")
        if any(asset.name == name for asset in release.assets):
            return self._json(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        asset = Asset(sum(len(r.assets) for r in self.repo.releases.values()) + 100, name, body, "")
        asset.content_type = self.headers["Content-Type"]
        release.assets.append(asset)
        if self.repo.failures:
            asset.state, asset.body = "starter", b""
            return self._json(self.repo.failures.pop(0), {"message": "Server Error"})
        if self.repo.lost_answers:
            self.repo.lost_answers -= 1
            self.close_connection = True
            return None
        return self._json(201, self._asset(asset))

    def _one_asset(self, body: bytes, number: str) -> None:
        asset = self._find(int(number))
        if self.headers["Accept"] != "application/octet-stream":
            return self._json(200, self._asset(asset))
        self.send_response(302)
        self.send_header("Location", f"{self.base}/storage/{asset.id}")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _storage(self, body: bytes, number: str) -> None:
        body = self._find(int(number)).body + bytes(self.repo.surplus)
        self._send(200, body, {"Content-Type": "application/octet-stream"})

    def _delete(self, body: bytes, number: str) -> None:
        for release in self.repo.releases.values():
            release.assets = [asset for asset in release.assets if asset.id != int(number)]
        self._send(204, b"", {})

    ROUTES = (
        ("GET", "/repos/example/apps", _repository),
        ("GET", "/repos/example/apps/releases/tags/([^/]+)", _by_tag),
        ("POST", "/repos/example/apps/releases", _create),
        ("GET", r"/repos/example/apps/releases/(\d+)/assets", _assets),
        ("POST", r"/uploads/repos/example/apps/releases/(\d+)/assets", _upload),
        ("GET", r"/repos/example/apps/releases/assets/(\d+)", _one_asset),
        ("DELETE", r"/repos/example/apps/releases/assets/(\d+)", _delete),
        ("GET", r"/storage/(\d+)", _storage),
    )

    # --- parts ----------------------------------------------------------------------------------------------

    def _numbered(self, number: str) -> Release:
        return next(release for release in self.repo.releases.values() if release.id == int(number))

    def _find(self, number: int) -> Asset:
        return next(a for release in self.repo.releases.values() for a in release.assets if a.id == number)

    def _release(self, release: Release) -> dict[str, object]:
        upload = f"{self.base}/uploads/repos/example/apps/releases/{release.id}/assets{{?name,label}}"
        return {"id": release.id, "tag_name": release.tag, "upload_url": upload}

    def _asset(self, asset: Asset) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(asset.body).hexdigest()}" if self.repo.digests else None
        return {
            "id": asset.id,
            "name": asset.name,
            "url": f"{self.base}/repos/example/apps/releases/assets/{asset.id}",
            "size": len(asset.body),
            "state": asset.state,
            "content_type": asset.content_type,
            "digest": digest,
        }

    def _json(self, status: int, document: object, more: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(document).encode(), {"Content-Type": "application/json", **(more or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for _ in range(self.repo.layers):
            body = gzip.compress(body, mtime=0)
        if self.repo.layers:
            headers = {**headers, "Content-Encoding": ", ".join(["gzip"] * self.repo.layers)}
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        with contextlib.suppress(OSError):  # the client has read enough
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests look at ``requests`` instead."""
