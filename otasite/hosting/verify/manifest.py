"""Checking manifests after Apple's schema for over-the-air installation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from otasite.binaries import plists
from otasite.binaries.unreadable import Unreadable
from otasite.hosting.verify.caching import cache_rows
from otasite.hosting.verify.catalogue import BinaryPart
from otasite.hosting.verify.html import read_page
from otasite.hosting.verify.phone import Answer, Phone
from otasite.hosting.verify.report import Row, failed, passed, warned, without_query
from otasite.hosting.verify.walk import trouble

_TYPES = frozenset({"text/xml", "application/xml", "application/x-plist"})
_PLATFORM = "com.apple.platform.iphoneos"
#: Kinds of pictures and their side in pixels.
PICTURES = {"display-image": 57, "full-size-image": 512}


class Chunks(msgspec.Struct, frozen=True):
    """Digests of each ``size`` bytes of a file; ``algorithm`` is ``sha256`` or ``md5``."""

    algorithm: str
    size: int
    digests: tuple[str, ...]


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One app that a manifest installs."""

    manifest: str
    url: str
    identifier: str
    build: str
    title: str
    chunks: Chunks | None = None
    pictures: tuple[tuple[str, str], ...] = ()


def check_manifest(
    phone: Phone, url: str, expected: BinaryPart | None, index: bytes
) -> tuple[list[Package], list[Row]]:
    """Fetch and judge one manifest. ``index`` is the site's index page, to recognise a single-page fallback."""
    answer = phone.get(url)
    rows = list(answer.rows)
    if answer.moved and answer.status:
        rows.append(warned("redirect", url, f"the manifest is at {without_query(answer.final)}"))
    document, more = _document(answer, index)
    rows += more
    if document is None:
        return [], rows
    rows += [_type_row(answer), *cache_rows(answer, "manifest-cache", versioned=False)]
    items = document.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        return [], [*rows, failed("manifest-keys", url, "it has no items")]
    packages = []
    for item in items:
        package, found = _item(url, item)
        rows += found
        if package is not None:
            packages.append(package)
            rows += _expectation_rows(package, expected)
    return packages, rows


def _document(answer: Answer, index: bytes) -> tuple[dict[str, Any] | None, list[Row]]:
    url = answer.url
    if not answer.ok:
        login = answer.status in (401, 407)
        check = "manifest-login" if login else "manifest-status"
        return None, [] if answer.rows else [failed(check, url, trouble(answer))]
    try:
        document = plists.load(answer.body)
    except Unreadable as error:
        return None, [_not_a_list(answer, index, str(error))]
    return document, [passed("manifest-status", url, str(answer.status)), passed("manifest-plist", url)]


def _not_a_list(answer: Answer, index: bytes, reason: str) -> Row:
    """Name what came instead of a manifest: mostly a page."""
    head = answer.body.lstrip()[:500].lower()
    if answer.type != "text/html" and not head.startswith((b"<!doctype html", b"<html")):
        return failed("manifest-plist", answer.url, f"it is no property list: {reason}")
    page = read_page(answer.body, answer.final)
    if page.asks_password or "login" in answer.final.lower() or "signin" in answer.final.lower():
        return failed("manifest-login", answer.url, "a login page instead of the manifest")
    if index and answer.body == index:
        return failed("manifest-fallback", answer.url, "the site's index page instead of the manifest")
    return failed("manifest-fallback", answer.url, "an HTML page instead of the manifest")


def _type_row(answer: Answer) -> Row:
    if answer.type in _TYPES:
        return passed("manifest-type", answer.url, answer.type)
    return warned("manifest-type", answer.url, f"{answer.type or 'no Content-Type'} instead of text/xml")


def _item(url: str, item: dict[str, Any]) -> tuple[Package | None, list[Row]]:
    metadata = plists.mapping(item, "metadata")
    assets = [asset for asset in item.get("assets") or () if isinstance(asset, dict)]
    rows = _metadata_rows(url, metadata)
    package = next((asset for asset in assets if asset.get("kind") == "software-package"), None)
    if package is None:
        return None, [*rows, failed("manifest-keys", url, "it names no software-package")]
    address = plists.text(package, "url")
    rows += _url_rows(url, "software-package", address)
    chunks, more = _chunks(url, package)
    rows += more
    pictures = []
    for kind in PICTURES:
        asset = next((asset for asset in assets if asset.get("kind") == kind), None)
        if asset is None:
            rows.append(warned("manifest-keys", url, f"it names no {kind}"))
            continue
        picture = plists.text(asset, "url")
        rows += _url_rows(url, kind, picture)
        pictures.append((kind, picture))
    found = Package(
        manifest=url,
        url=address,
        identifier=plists.text(metadata, "bundle-identifier"),
        build=plists.text(metadata, "bundle-version"),
        title=plists.text(metadata, "title"),
        chunks=chunks,
        pictures=tuple((kind, picture) for kind, picture in pictures if is_https(picture)),
    )
    return (found if is_https(address) else None), rows


def _metadata_rows(url: str, metadata: dict[str, Any]) -> list[Row]:
    """Required keys; a title must be longer than one character after trimming (Apple's installer refuses others)."""
    missing = [
        key for key in ("bundle-identifier", "bundle-version", "kind", "title") if not plists.text(metadata, key)
    ]
    rows = [failed("manifest-keys", url, f"its metadata has no {key}") for key in missing]
    kind = plists.text(metadata, "kind")
    if kind and kind != "software":
        rows.append(failed("manifest-keys", url, f"its kind is “{kind}”, not “software”"))
    title = plists.text(metadata, "title")
    if len(title) == 1:
        rows.append(failed("manifest-keys", url, f"its title “{title}” is too short: iOS wants two characters"))
    platform = plists.text(metadata, "platform-identifier")
    if platform and platform != _PLATFORM:
        rows.append(failed("manifest-keys", url, f"its platform-identifier is “{platform}”: iOS skips it"))
    return rows or [passed("manifest-keys", url)]


def is_https(address: str) -> bool:
    """Whether an address is absolute https with a host."""
    try:
        parts = urlsplit(address)
    except ValueError:  # such as https://[/
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def _url_rows(manifest: str, kind: str, address: str) -> list[Row]:
    if is_https(address):
        return [passed("manifest-url", manifest, address)]
    return [failed("manifest-url", manifest, f"{kind}: “{address}” is no absolute https address")]


def _chunks(url: str, package: dict[str, Any]) -> tuple[Chunks | None, list[Row]]:
    """The digests that iOS checks: SHA-256 wins over MD5; several digests without a size are ignored."""
    for algorithm, length in (("sha256", 64), ("md5", 32)):
        digests = package.get(f"{algorithm}s")
        size = package.get(f"{algorithm}-size")
        if digests is None:
            continue
        if not isinstance(digests, list) or not all(isinstance(d, str) and len(d) == length for d in digests):
            return None, [failed("manifest-hashes", url, f"{algorithm}s are no digests")]
        if not isinstance(size, int) or size <= 0:
            return None, [
                warned("manifest-hashes", url, f"{algorithm}s without a {algorithm}-size: iOS ignores them")
            ]
        return Chunks(algorithm, size, tuple(digest.lower() for digest in digests)), [passed("manifest-hashes", url)]
    return None, []


def _expectation_rows(package: Package, expected: BinaryPart | None) -> list[Row]:
    """Whether the manifest is the one of the catalogue's build, or an older copy."""
    if expected is None:
        return []
    pairs = [
        ("bundle-identifier", package.identifier, expected.identifier),
        ("bundle-version", package.build, expected.build),
        ("address", package.url, expected.url),
    ]
    rows = [
        failed("manifest-stale", package.manifest, f"{key} is {found}, the catalogue says {wanted}")
        for key, found, wanted in pairs
        if wanted and found != wanted
    ]
    return rows or [passed("manifest-stale", package.manifest, "as in the catalogue")]
