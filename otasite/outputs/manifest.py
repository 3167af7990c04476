"""The over-the-air manifest: the property list that iOS fetches to install an app.

Written with :mod:`plistlib` after Apple's published schema (“Distribute proprietary in-house apps to Apple
devices”); keys that Apple removed from the schema are never written.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from functools import partial

import msgspec

from otasite.catalogue.model import Binary, Release
from otasite.outputs.output import Output, made_of
from otasite.site.artifacts import Artifact
from otasite.site.published import PublishedApp


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
    return plistlib.dumps({"items": [{"assets": [package, *images], "metadata": metadata}]}, sort_keys=True)
