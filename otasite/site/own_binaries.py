"""Binaries of the repository (``file:``): their content-hashed paths, in dist/ or below another base URL.

With ``binaries:`` the site's host holds none of them: pages, manifests and JSON name them where they are uploaded to,
under the path that they would have had in dist/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from otasite.catalogue.field_rules import ENDINGS
from otasite.catalogue.model import App, Binary, BinaryStore, Release
from otasite.catalogue.records import Platform
from otasite.catalogue.resolve import address_part
from otasite.catalogue.stores import parse_release
from otasite.site.context import Context


class OwnBinary(msgspec.Struct, frozen=True, kw_only=True):
    """One binary named by ``file:``, and where people download it.

    ``path`` counts from the root of dist/, or from the ``store`` when the binary is uploaded there instead; ``url``
    is never signed. ``source`` is the file in the project; ``size`` (bytes) and ``sha256`` are its.
    """

    app: str
    release: str
    platform: Platform
    source: str
    path: str
    url: str
    store: BinaryStore = BinaryStore()
    size: int | None = None
    sha256: str = ""

    @property
    def base_url(self) -> str:
        return self.store.base_url

    @property
    def in_dist(self) -> bool:
        return not self.store.base_url


#: The binaries of one app, by release and platform.
OwnBinaries = Mapping[tuple[str, Platform], OwnBinary]


def own_binaries(context: Context, app: App, releases: Iterable[Release]) -> OwnBinaries:
    """Every ``file:`` binary of these releases; what the files say must be filled in already."""
    return {
        (release.id, binary.platform): _own_binary(context, app, release, binary)
        for release in releases
        for binary in release.binaries
        if binary.file
    }


def _own_binary(context: Context, app: App, release: Release, binary: Binary) -> OwnBinary:
    base_url = context.store(app).base_url
    path = context.release_path(app, release) + _file_name(context, app, binary)
    if parse_release(base_url):
        path = path.rpartition("/")[2]
    return OwnBinary(
        app=app.id,
        release=release.id,
        platform=binary.platform,
        source=binary.file,
        path=path,
        url=base_url + path if base_url else context.base.absolute(path),
        store=context.store(app),
        size=binary.size,
        sha256=binary.sha256,
    )


def _file_name(context: Context, app: App, binary: Binary) -> str:
    name = address_part(context.text(app.name, context.site.language)).strip("-") or app.id
    version = f"{address_part(binary.version)}-{address_part(binary.build)}"
    return f"{name}-{version}.{binary.sha256[:10]}{ENDINGS[binary.platform]}"
