"""The live site against the local build: what is missing, and what is an old copy that a CDN kept."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from otasite.hosting.catalogue import CATALOGUE, SiteCatalogue
from otasite.hosting.verify.client import MAX_BODY, Client, Response, trouble
from otasite.hosting.verify.report import Row, failed, passed
from otasite.hosting.verify.walk import Work
from otasite.hosts.headers import is_immutable
from otasite.hosts.targets import HOST_FILES

_CDN_HEADERS = ("age", "cf-cache-status", "x-cache", "x-nf-request-id", "x-served-by")


def check_copies(client: Client, base: str, dist: Path, app: str, work: Work) -> list[Row]:
    """Compare every file of ``dist`` below ``base`` (with ``app``: of that app) with what the site serves."""
    base, below = _place(base, dist, app)
    if not (dist / below).is_dir():
        return [failed("stale-copy", base + below, "the local build has no such folder")]
    paths = sorted(path.relative_to(dist).as_posix() for path in (dist / below).rglob("*") if path.is_file())
    paths = [path for path in paths if path not in HOST_FILES]
    found = work.each(lambda path: _compare(client, base, dist, path), paths)
    differences = [row for row in found if row is not None]
    return differences or [passed("stale-copy", base, f"{len(paths)} files as in the local build")]


def _place(base: str, dist: Path, app: str) -> tuple[str, str]:
    """The address of the whole site, and the folder of it that ``base`` and ``app`` mean.

    ``base`` may be the address of a folder of the site. Only the build's own catalogue tells where the site begins;
    at another address (a preview of a deployment, say), ``base`` is taken for the beginning.
    """
    site = _built_for(dist)
    if site and base.startswith(site):
        return site, unquote(base.removeprefix(site)) + app
    return base, app


def _built_for(dist: Path) -> str:
    try:
        return msgspec.json.decode((dist / CATALOGUE).read_bytes(), type=SiteCatalogue).url
    except (OSError, msgspec.DecodeError):
        return ""


def _compare(client: Client, base: str, dist: Path, path: str) -> Row | None:
    """One file: versioned ones by their length, which a HEAD tells; all others byte for byte."""
    url = base + quote(path.removesuffix("index.html") if path.endswith(("/index.html",)) else path)
    url = base if path == "index.html" else url
    file = dist / path
    if is_immutable(path):
        response = client.get(url, method="HEAD")
        same = response.headers.get("content-length", str(file.stat().st_size)) == str(file.stat().st_size)
    else:
        response = client.get(url, limit=max(MAX_BODY, file.stat().st_size + 1))
        same = hashlib.sha256(response.body).digest() == hashlib.sha256(file.read_bytes()).digest()
    if path == "404.html" and response.status == 404:
        return None  # some hosts answer even this address so
    if not response.ok:
        return failed("stale-copy", url, f"{trouble(response)}, but the file is in the local build")
    return None if same else failed("stale-copy", url, f"another content than in the local build{_cdn(response)}")


def _cdn(response: Response) -> str:
    hints = [f"{name}: {response.headers[name]}" for name in _CDN_HEADERS if name in response.headers]
    return f" ({', '.join(hints)})" if hints else ""
