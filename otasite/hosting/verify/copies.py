"""The live site against the local build: what is missing, and what is an old copy that a CDN kept."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from otasite.hosting.verify.catalogue import Catalogue
from otasite.hosting.verify.phone import Answer, Phone
from otasite.hosting.verify.report import Row, failed, passed
from otasite.hosting.verify.tally import Tally
from otasite.hosting.verify.walk import trouble
from otasite.hosts.headers import is_immutable
from otasite.hosts.targets import HOST_FILES

_CDN_HEADERS = ("age", "cf-cache-status", "x-cache", "x-nf-request-id", "x-served-by")


def check_copies(phone: Phone, base: str, dist: Path, app: str, tally: Tally) -> list[Row]:
    """Compare every file of ``dist`` below ``base`` (with ``app``: of that app) with what the site serves."""
    base, below = _place(base, dist, app)
    if not (dist / below).is_dir():
        return [failed("stale-copy", base + below, "the local build has no such folder")]
    paths = sorted(path.relative_to(dist).as_posix() for path in (dist / below).rglob("*") if path.is_file())
    paths = [path for path in paths if path not in HOST_FILES]
    with ThreadPoolExecutor(phone.manners.connections) as pool:
        tally.expect(len(paths))
        found = list(tally.counted(pool.map(lambda path: _compare(phone, base, dist, path), paths)))
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
        return msgspec.json.decode((dist / "catalogue.json").read_bytes(), type=Catalogue).url
    except (OSError, msgspec.DecodeError):
        return ""


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
