"""Obtainium, an Android app that looks for new APKs where it is told to.

It reads a site in two ways, both of them here after its source code (classes ``FDroidRepo`` and ``HTML``):

- ``index.xml`` at the site's root, an unsigned index in F-Droid's oldest form, has the builds of the default channel.
  An APK is looked for at the index's folder and ``apkname``, so only those that are part of the site can stand there.
- Any page with a link to one ``.apk`` serves for the other channels, and for binaries that live elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import quote
from xml.etree import ElementTree as ET

import msgspec

from otasite.catalogue.model import Binary, Release
from otasite.catalogue.output_choice import OutputKind
from otasite.outputs.output import Output, made_of
from otasite.outputs.xml import child_of, xml_bytes
from otasite.site.addresses import AppAddresses, OwnBinary
from otasite.site.artifacts import Artifact
from otasite.site.calls import without_calls
from otasite.site.published import PublishedApp, PublishedSite
from otasite.site.selection import Newest
from otasite.site.views import OfferView

INDEX = "index.xml"
#: Of a channel, as many builds as somebody could want to go back to.
MOST_BUILDS = 10


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """One APK. ``path`` is from the site's root, ``version_code`` is empty when it is no number, ``added`` a day."""

    version: str
    version_code: str
    path: str
    sha256: str
    size: int | None
    added: str


class IndexedApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app of the index with the builds of its default channel, newest first."""

    identifier: str
    name: str
    summary: str
    author: str
    changes: str
    builds: tuple[Build, ...]


class Obtainium(Output[IndexedApp]):
    """``index.xml``, and a link for each channel."""

    name = "obtainium"
    asked = OutputKind(
        in_site="Links and an index.xml with which Obtainium follows Android apps.",
        in_app="Links and a part of index.xml with which Obtainium follows the Android app.",
    )
    leaves = IndexedApp

    def offers(self, addresses: AppAddresses, newest: Newest[Release]) -> Iterator[OfferView]:
        release = newest.by_platform.get("android")
        binary = release.android if release else None
        if release and binary and binary.identifier:
            link = f"obtainium://app/{quote(_settings(addresses, release, binary), safe='')}"
            yield OfferView(client="obtainium", platform="android", href=link)

    def leave(self, app: PublishedApp) -> IndexedApp | None:
        context, channel = app.context, app.context.site.default_channel.id
        releases = app.main.by_channel.get(channel, [])
        builds = [
            (release.android, release, own)
            for release in releases
            if release.android and (own := app.addresses.apk(release))
        ]
        if not builds:
            return None
        binary, newest, _ = builds[0]
        same = [build for build in builds if build[0].identifier == binary.identifier][:MOST_BUILDS]
        return IndexedApp(
            identifier=binary.identifier,
            name=app.main.name,
            summary=context.text(app.app.subtitle, context.site.language),
            author=context.site.organisation.name or context.text(context.site.title, context.site.language),
            changes=without_calls(context.text(newest.notes, context.site.language)).strip(),
            builds=tuple(_build(*build) for build in same),
        )

    def of_site(self, site: PublishedSite, left: Mapping[str, IndexedApp]) -> Iterator[Artifact]:
        if left:
            title = site.context.text(site.context.site.title, site.context.site.language)
            apps = tuple(left.values())
            yield made_of(INDEX, [title, apps], partial(index_bytes, title, apps))


def _build(binary: Binary, release: Release, own: OwnBinary) -> Build:
    return Build(
        version=binary.version,
        version_code="" if binary.version_code is None else str(binary.version_code),
        path=own.path,
        sha256=binary.sha256,
        size=binary.size,
        added=release.timestamp.strftime("%Y-%m-%d"),
    )


def _settings(addresses: AppAddresses, release: Release, binary: Binary) -> str:
    """An app as Obtainium imports it; its settings are JSON in JSON."""
    context = addresses.context
    if release.channel == context.site.default_channel.id and addresses.apk(release):
        url, source = context.base.url, "FDroidRepo"
        settings: dict[str, object] = {"appIdOrName": binary.identifier}
    else:
        url, source = context.base.absolute(addresses.channel(release.channel)), "HTML"
        settings = _version_pattern(addresses, release, binary)
    app = {
        "id": binary.identifier,
        "url": url,
        "author": context.site.organisation.name or context.text(context.site.title, context.site.language),
        "name": context.text(addresses.app.name, context.site.language),
        "preferredApkIndex": 0,
        "additionalSettings": msgspec.json.encode(settings).decode(),
        "overrideSource": source,
    }
    return msgspec.json.encode(app).decode()


def _version_pattern(addresses: AppAddresses, release: Release, binary: Binary) -> dict[str, object]:
    """How to tell the version from the name of the file that a page links to, when otasite gave it its name."""
    own = addresses.own(release, binary)
    if own is None:
        return {}
    stem = own.path.rpartition("/")[2].partition(f"-{binary.version}-")[0]
    pattern = rf"/{re.escape(stem)}-([^/]+)-[^/-]+\.[0-9a-f]{{10}}\.apk"
    return {"versionExtractionRegEx": pattern, "matchGroupToUse": "1", "versionDetection": True}


def index_bytes(title: str, apps: tuple[IndexedApp, ...]) -> bytes:
    """The index. Obtainium reads it as HTML, to which an element without content is one that never ends."""
    root = ET.Element("fdroid")
    child_of(ET.SubElement(root, "repo", {"name": title}), "description", title)
    for app in apps:
        node = ET.SubElement(root, "application", {"id": app.identifier})
        newest = app.builds[0]
        texts = {
            "id": app.identifier,
            "name": app.name,
            "summary": app.summary,
            "author": app.author,
            "changelog": app.changes,
            "added": app.builds[-1].added,
            "lastupdated": newest.added,
            "marketversion": newest.version,
            "marketvercode": newest.version_code,
        }
        _children(node, texts)
        for build in app.builds:
            package = ET.SubElement(node, "package")
            _children(package, {"version": build.version, "versioncode": build.version_code, "apkname": build.path})
            child_of(package, "hash", build.sha256).set("type", "sha256")
            _children(package, {"size": str(build.size or ""), "added": build.added})
    return xml_bytes(root)


def _children(node: ET.Element, texts: Mapping[str, str]) -> None:
    """A child for each text that says something."""
    for tag, text in texts.items():
        if text:
            child_of(node, tag, text)
