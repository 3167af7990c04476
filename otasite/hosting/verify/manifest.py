"""Checking manifests after Apple's schema for over-the-air installation, and the pictures that they name."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from otasite.binaries import plists
from otasite.binaries.png import read_header
from otasite.binaries.unreadable import Unreadable
from otasite.hosting.verify.client import Client, Response, trouble
from otasite.hosting.verify.html import read_page
from otasite.hosting.verify.report import Row, failed, passed, warned, without_query
from otasite.hosting.verify.transfer import cache_rows
from otasite.outputs.catalogue_json import BinaryJson

_TYPES = frozenset({"text/xml", "application/xml", "application/x-plist"})
_PLATFORM = "com.apple.platform.iphoneos"
#: Kinds of pictures and their side in pixels.
PICTURES = {"display-image": 57, "full-size-image": 512}
#: Bytes of a manifest, and apps that it installs, at most; otasite's own are some kilobytes, for one app.
MAX_MANIFEST = 2 * 2**20
MOST_ITEMS = 50


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
    client: Client, url: str, expected: BinaryJson | None, index: bytes
) -> tuple[list[Package], list[Row]]:
    """Fetch and judge one manifest. ``index`` is the site's index page, to recognise a single-page fallback."""
    response = client.get(url, limit=MAX_MANIFEST)
    rows = list(response.rows)
    if response.moved and response.status:
        rows.append(warned("redirect", url, f"the manifest is at {without_query(response.final)}"))
    document, more = _document(response, index)
    rows += more
    if document is None:
        return [], rows
    rows += [_type_row(response), *cache_rows(response, "manifest-cache", versioned=False)]
    items = document.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        return [], [*rows, failed("manifest-keys", url, "it has no items")]
    if len(items) > MOST_ITEMS:
        return [], [*rows, failed("manifest-keys", url, f"it has {len(items):,} items; phones install one")]
    packages = []
    for item in items:
        package, found = _item(url, item)
        rows += found
        if package is not None:
            packages.append(package)
            rows += _expectation_rows(package, expected)
    return packages, rows


def _document(response: Response, index: bytes) -> tuple[dict[str, Any] | None, list[Row]]:
    url = response.url
    if not response.ok:
        login = response.status in (401, 407)
        check = "manifest-login" if login else "manifest-status"
        return None, [] if response.rows else [failed(check, url, trouble(response))]
    if response.cut:
        return None, [failed("manifest-plist", url, f"it has more than {MAX_MANIFEST:,} bytes")]
    try:
        document = plists.load(response.body)
    except Unreadable as error:
        return None, [_not_a_list(response, index, str(error))]
    return document, [passed("manifest-status", url, str(response.status)), passed("manifest-plist", url)]


def _not_a_list(response: Response, index: bytes, reason: str) -> Row:
    """Name what came instead of a manifest: mostly a page."""
    head = response.body.lstrip()[:500].lower()
    if response.type != "text/html" and not head.startswith((b"<!doctype html", b"<html")):
        return failed("manifest-plist", response.url, f"it is no property list: {reason}")
    page = read_page(response.body, response.final)
    if page.asks_password or "login" in response.final.lower() or "signin" in response.final.lower():
        return failed("manifest-login", response.url, "a login page instead of the manifest")
    if index and response.body == index:
        return failed("manifest-fallback", response.url, "the site's index page instead of the manifest")
    return failed("manifest-fallback", response.url, "an HTML page instead of the manifest")


def _type_row(response: Response) -> Row:
    if response.type in _TYPES:
        return passed("manifest-type", response.url, response.type)
    return warned("manifest-type", response.url, f"{response.type or 'no Content-Type'} instead of text/xml")


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


def _expectation_rows(package: Package, expected: BinaryJson | None) -> list[Row]:
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


def check_picture(client: Client, kind: str, url: str) -> list[Row]:
    """Fetch one picture of a manifest and judge it."""
    response = client.get(url)
    if not response.ok:
        return list(response.rows) or [failed("image-status", url, f"{kind}: {trouble(response)}")]
    rows = [*response.rows, passed("image-status", url, str(response.status))]
    try:
        header = read_header(response.body)
    except Unreadable as error:
        found = "an HTML page instead of the picture" if response.type == "text/html" else str(error)
        return [*rows, failed("image-png", url, f"{kind}: {found}")]
    if header.cgbi:
        rows.append(failed("image-png", url, f"{kind}: Apple's own variant of PNG, which is for inside apps only"))
    side = PICTURES[kind]
    found = f"{header.width} × {header.height}"
    if (header.width, header.height) != (side, side):
        return [*rows, warned("image-size", url, f"{kind} is {found}, not {side} × {side}")]
    return [*rows, passed("image-size", url, found)]
