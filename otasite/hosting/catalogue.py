"""The built site's own ``catalogue.json``, as ``verify``, ``announce`` and summaries read it.

The site may be somebody else's, or an older one: what is missing is empty, and other keys are ignored.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from otasite.hosting.bounded import BadBody, json_value
from otasite.problems import Refused

CATALOGUE = "catalogue.json"
#: Bytes of a catalogue from a server; 10,000 releases fill 6 MB.
MAX_CATALOGUE = 32 * 2**20


class BinaryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A binary as the catalogue states it; ``size`` in bytes."""

    url: str = ""
    identifier: str = ""
    version: str = ""
    build: str = ""
    size: int | None = None
    sha256: str = ""
    manifest: str = ""


class ReleaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A release; ``date`` is ISO 8601, ``url`` the address of its page."""

    id: str
    url: str
    version: str = ""
    build: str = ""
    date: str = ""
    channel: str = ""
    notes_html: str = ""
    ios: BinaryEntry | None = None
    android: BinaryEntry | None = None


class AppEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An app with its releases, newest first."""

    id: str
    name: str = ""
    url: str = ""
    icon: str = ""
    releases: tuple[ReleaseEntry, ...] = ()


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The whole site; ``url`` is the address that it was built for, ``channels`` their names."""

    title: str = ""
    url: str = ""
    channels: tuple[str, ...] = ()
    apps: tuple[AppEntry, ...] = ()

    def manifests(self) -> dict[str, BinaryEntry]:
        """The iOS builds by the addresses of their manifests."""
        return {
            release.ios.manifest: release.ios
            for app in self.apps
            for release in app.releases
            if release.ios and release.ios.manifest
        }

    def android(self) -> dict[str, BinaryEntry]:
        """The Android builds by their own addresses."""
        return {
            release.android.url: release.android
            for app in self.apps
            for release in app.releases
            if release.android and release.android.url
        }


def read_catalogue(data: bytes, name: str) -> CatalogueEntry:
    """Read a ``catalogue.json``. Raises Refused, which calls it ``name``, when it is none."""
    try:
        return json_value(data, CatalogueEntry)
    except BadBody as error:
        raise Refused(f"{name} is no catalogue of otasite: {error}") from None


def built_catalogue(dist: Path) -> CatalogueEntry:
    """The catalogue of the built site in ``dist``. Raises Refused when nothing was built there."""
    path = dist / CATALOGUE
    if not path.is_file():
        raise no_site(dist)
    return read_catalogue(path.read_bytes(), str(path))


def no_site(dist: Path) -> Refused:
    """What to say of a folder that holds no built site."""
    return Refused(f"{dist} holds no built site", "run otasite build first, or name the folder with --dist")
