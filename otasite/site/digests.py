"""What the site's own files (index, feeds, JSON, sitemap) need to know of one app, and nothing more.

Apps are worked on one by one, in any process; an :class:`AppDigest` is what each leaves behind, so that the
site-wide files never need all apps in memory.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from otasite.catalogue.model import App, Binary, Release
from otasite.site.context import Context
from otasite.site.pages import AppFiles, AppPages, manifest_path, plain_url
from otasite.site.urls import install_link
from otasite.site.views import AppCard, RecentRelease

#: Entries of an Atom feed; feed readers poll, so older ones are there already.
FEED_LENGTH = 20


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One release in a feed. ``url`` is its permanent page and its identity; ``updated`` is UTC."""

    title: str
    url: str
    updated: dt.datetime
    html: str
    app: str
    channel: str


class SitemapEntry(msgspec.Struct, frozen=True, array_like=True):
    """A page that search engines may list: its path in the first language, and the day it last changed."""

    path: str
    changed: str


class AppDigest(msgspec.Struct, frozen=True, kw_only=True):
    """One app as the rest of the site sees it. ``listed`` is false for unlisted apps, which nothing may name."""

    id: str
    listed: bool
    releases: int
    binaries: int
    updated: dt.datetime | None
    cards: dict[str, AppCard] = {}
    recent: dict[str, tuple[RecentRelease, ...]] = {}
    entries: tuple[FeedEntry, ...] = ()
    sitemap: tuple[SitemapEntry, ...] = ()
    json: bytes = b"null"


class BinaryJson(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A binary in ``catalogue.json`` and ``latest.json``. Sizes in bytes; addresses absolute."""

    url: str
    identifier: str = ""
    version: str
    build: str
    size: int | None = None
    sha256: str = ""
    minimum_os: str = ""
    device_family: tuple[str, ...] = ()
    manifest: str = ""
    install: str = ""
    signing: str = ""
    team: str = ""
    expires: dt.datetime | None = None
    devices: int | None = None
    available_until: dt.datetime | None = None


class ReleaseJson(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    version: str
    build: str
    date: str
    channel: str
    url: str
    commit: str = ""
    branch: str = ""
    notes_html: str = ""
    ios: BinaryJson | None = None
    android: BinaryJson | None = None


class AppJson(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    subtitle: str
    category: str
    platforms: tuple[str, ...]
    url: str
    icon: str
    latest: str | None
    releases: tuple[ReleaseJson, ...]


class LatestJson(msgspec.Struct, frozen=True, kw_only=True):
    """``<app>/latest.json``: the newest release of each channel. ``schema`` grows only when keys change meaning."""

    schema: int = 1
    generator: str
    app: str
    name: str
    url: str
    default_channel: str | None
    channels: dict[str, ReleaseJson]


class AppJsonWriter:
    """Describes one app and its releases for machines, in the site's first language."""

    def __init__(self, context: Context, pages: AppPages, files: AppFiles) -> None:
        self.context = context
        self.pages = pages
        self.app: App = pages.app
        self.files = files

    def app_json(self) -> AppJson:
        newest = self.pages.newest
        absolute = self.context.base.absolute
        return AppJson(
            id=self.app.id,
            name=self.pages.name,
            subtitle=self.context.text(self.app.subtitle, self.context.site.language),
            category=self.app.category,
            platforms=self.app.platforms,
            url=absolute(self.context.app_path(self.app)),
            icon=absolute(self.files.icons[512]),
            latest=newest.id if newest else None,
            releases=tuple(self.release_json(release) for release in self.pages.releases),
        )

    def latest_json(self, generator: str) -> LatestJson:
        channels = self.pages.by_channel
        return LatestJson(
            generator=generator,
            app=self.app.id,
            name=self.pages.name,
            url=self.context.base.absolute(self.context.app_path(self.app)),
            default_channel=next(iter(channels), None),
            channels={
                channel: msgspec.structs.replace(
                    self.release_json(releases[0]), notes_html=self.notes_html(releases[0])
                )
                for channel, releases in channels.items()
            },
        )

    def notes_html(self, release: Release) -> str:
        text = self.context.text(release.notes, self.context.site.language)
        return self.context.notes.html(text, root=self.context.base.url)

    def release_json(self, release: Release) -> ReleaseJson:
        return ReleaseJson(
            id=release.id,
            version=release.version,
            build=release.build,
            date=release.date,
            channel=release.channel,
            url=self.context.base.absolute(self.context.release_path(self.app, release)),
            commit=release.commit,
            branch=release.branch,
            ios=self._binary(release, release.ios),
            android=self._binary(release, release.android),
        )

    def _binary(self, release: Release, binary: Binary | None) -> BinaryJson | None:
        if binary is None:
            return None
        manifest = (
            self.context.base.absolute(manifest_path(self.context, self.app, release))
            if binary.platform == "ios"
            else ""
        )
        signing, plain = binary.signing, plain_url(release, binary, self.files)
        return BinaryJson(
            url=self.context.signed(self.app, plain),
            identifier=binary.identifier,
            version=binary.version,
            build=binary.build,
            size=binary.size,
            sha256=binary.sha256,
            minimum_os=binary.minimum_os,
            device_family=binary.device_family,
            manifest=manifest,
            install=install_link(manifest) if manifest else "",
            signing=signing.type or "",
            team=signing.team,
            expires=signing.expires,
            devices=signing.devices,
            available_until=self.context.available_until(self.app, plain),
        )


def digest_app(context: Context, by_language: dict[str, AppPages], files: AppFiles) -> AppDigest:
    """Everything the site's own files say of one app; an unlisted app leaves only its counts."""
    pages = by_language[context.site.language]
    app = pages.app
    listed = app.visibility == "public"
    newest = pages.releases[0] if pages.releases else None
    counts = AppDigest(
        id=app.id,
        listed=listed,
        releases=len(pages.releases),
        binaries=sum(len(release.binaries) for release in pages.releases),
        updated=max((release.timestamp for release in pages.releases), default=None) if newest else None,
    )
    if not listed:
        return counts
    writer = AppJsonWriter(context, pages, files)
    return msgspec.structs.replace(
        counts,
        cards={language: other.card() for language, other in by_language.items()},
        recent={language: other.recent() for language, other in by_language.items()},
        entries=feed_entries(context, pages, writer),
        sitemap=tuple(_sitemap(context, pages)),
        json=msgspec.json.encode(writer.app_json()),
    )


def feed_entries(context: Context, pages: AppPages, writer: AppJsonWriter) -> tuple[FeedEntry, ...]:
    return tuple(
        FeedEntry(
            title=f"{pages.name} {release.version} ({release.build})",
            url=context.base.absolute(context.release_path(pages.app, release)),
            updated=release.timestamp,
            html=writer.notes_html(release),
            app=pages.name,
            channel=pages.channels[release.channel].title,
        )
        for release in pages.releases[:FEED_LENGTH]
    )


def _sitemap(context: Context, pages: AppPages) -> list[SitemapEntry]:
    newest = pages.newest
    day = newest.date[:10] if newest else ""
    entries = [SitemapEntry(context.app_path(pages.app), day)]
    entries += [
        SitemapEntry(context.channel_path(pages.app, channel), releases[0].date[:10])
        for channel, releases in pages.by_channel.items()
    ]
    entries += [
        SitemapEntry(context.release_path(pages.app, release), release.date[:10]) for release in pages.releases
    ]
    return entries
