"""The live site against the local build: what is missing, and what is an old copy that a CDN kept."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from otasite.hosting.verify.phone import Answer, Phone
from otasite.hosting.verify.report import Row, failed, passed
from otasite.hosting.verify.walk import trouble
from otasite.site.headers import is_immutable
from otasite.site.targets import HOST_FILES

_CDN_HEADERS = ("age", "cf-cache-status", "x-cache", "x-nf-request-id", "x-served-by")


def check_copies(phone: Phone, base: str, dist: Path, below: str = "") -> list[Row]:
    """Compare every file of ``dist`` (with ``below``: of that folder in it) with what the site serves."""
    paths = sorted(path.relative_to(dist).as_posix() for path in (dist / below).rglob("*") if path.is_file())
    paths = [path for path in paths if path not in HOST_FILES]
    with ThreadPoolExecutor(phone.manners.connections) as pool:
        found = list(pool.map(lambda path: _compare(phone, base, dist, path), paths))
    differences = [row for row in found if row is not None]
    return differences or [passed("stale-copy", base, f"{len(paths)} files as in the local build")]


def _compare(phone: Phone, base: str, dist: Path, path: str) -> Row | None:
    """One file: versioned ones by their length, which a HEAD tells; all others byte for byte."""
    url = base + quote(path.removesuffix("index.html") if path.endswith(("/index.html",)) else path)
    url = base if path == "index.html" else url
    file = dist / path
    if is_immutable(path):
        answer = phone.get(url, method="HEAD")
        same = answer.headers.get("content-length", str(file.stat().st_size)) == str(file.stat().st_size)
    else:
        answer = phone.get(url)
        same = hashlib.sha256(answer.body).digest() == hashlib.sha256(file.read_bytes()).digest()
    if path == "404.html" and answer.status == 404:
        return None  # some hosts answer even this address so
    if not answer.ok:
        return failed("stale-copy", url, f"{trouble(answer)}, but the file is in the local build")
    return None if same else failed("stale-copy", url, f"another content than in the local build{_cdn(answer)}")


def _cdn(answer: Answer) -> str:
    hints = [f"{name}: {answer.headers[name]}" for name in _CDN_HEADERS if name in answer.headers]
    return f" ({', '.join(hints)})" if hints else ""
