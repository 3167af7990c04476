"""The over-the-air manifest: the property list that iOS fetches to install an app.

Written with :mod:`plistlib` after Apple's published schema (“Distribute proprietary in-house apps to Apple
devices”); keys that Apple removed from the schema are never written.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from functools import lru_cache, partial

import msgspec

from otasite.catalogue.model import Binary, Release
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedApp

#: What a property list writes in another way than it stands, besides “&”.
_SPECIAL = re.compile("[\x00-\x1f<>\ue000\ue001]")
_PLACE = re.compile("\ue000([0-9]+)\ue001")
_ANY_SIZE = 2**60


class ManifestInput(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a manifest says. All addresses are absolute https; sizes are in bytes."""

    package_url: str
    display_image_url: str
    full_size_image_url: str
    identifier: str
    build: str
    title: str
    subtitle: str
    chunk_size: int | None
    chunks: tuple[str, ...]


class Manifests(Output[None]):
    """One manifest for each iOS binary."""

    name = "manifest"

    def of_app(self, app: PublishedApp) -> Iterator[Artifact]:
        for release in app.wanted:
            if release.ios is not None:
                manifest = manifest_of(app, release, release.ios)
                path = app.addresses.manifest(release)
                render = partial(manifest_bytes, manifest)
                yield made_of(path, manifest, render, source=release.source, kind="manifest")


def manifest_of(app: PublishedApp, release: Release, binary: Binary) -> ManifestInput:
    """What the manifest of a release's iOS binary says."""
    site, absolute = app.context.site, app.context.base.absolute
    return ManifestInput(
        package_url=app.addresses.download_url(release, binary),
        display_image_url=absolute(app.files.icons[57]),
        full_size_image_url=absolute(app.files.icons[512]),
        identifier=binary.identifier,
        build=binary.build,
        title=app.main.name,
        subtitle=site.organisation.name or app.context.text(app.app.subtitle, site.language),
        chunk_size=binary.chunk_size,
        chunks=binary.chunks,
    )


def manifest_bytes(manifest: ManifestInput) -> bytes:
    """The manifest as an XML property list.

    :mod:`plistlib` writes the first of each shape; in the next ones only the texts differ, where they are plain.
    """
    *texts, size, chunks = msgspec.structs.astuple(manifest)
    texts += [str(size), *chunks]
    if _SPECIAL.search("".join(texts)):
        return plistlib.dumps(_content(manifest), sort_keys=True)
    pieces = _shape(bool(manifest.subtitle), len(chunks) if size else 0)
    return "".join([texts[one].replace("&", "&amp;") if isinstance(one, int) else one for one in pieces]).encode()


@lru_cache(64)
def _shape(has_subtitle: bool, chunks: int) -> list[str | int]:
    """The text of a manifest in pieces; a number stands for the text of that number of its fields and chunks."""
    place = [f"\ue000{number}\ue001" for number in range(8 + chunks)]
    content = _content(
        ManifestInput(
            package_url=place[0],
            display_image_url=place[1],
            full_size_image_url=place[2],
            identifier=place[3],
            build=place[4],
            title=place[5],
            subtitle=place[6] if has_subtitle else "",
            chunk_size=_ANY_SIZE,
            chunks=tuple(place[8:]),
        )
    )
    text = plistlib.dumps(content, sort_keys=True).decode().replace(str(_ANY_SIZE), place[7])
    return [int(piece) if number % 2 else piece for number, piece in enumerate(_PLACE.split(text))]


def _content(manifest: ManifestInput) -> dict[str, object]:
    """What the property list holds.

    ``sha256-size`` and ``sha256s`` stand together or not at all: iOS silently ignores several digests without a size.
    """
    package: dict[str, object] = {"kind": "software-package", "url": manifest.package_url}
    if manifest.chunks and manifest.chunk_size:
        package["sha256-size"] = manifest.chunk_size
        package["sha256s"] = list(manifest.chunks)
    metadata = {
        "bundle-identifier": manifest.identifier,
        "bundle-version": manifest.build,
        "kind": "software",
        "platform-identifier": "com.apple.platform.iphoneos",
        "title": manifest.title,
    }
    if manifest.subtitle:
        metadata["subtitle"] = manifest.subtitle
    images = [
        {"kind": "display-image", "url": manifest.display_image_url},
        {"kind": "full-size-image", "url": manifest.full_size_image_url},
    ]
    return {"items": [{"assets": [package, *images], "metadata": metadata}]}
