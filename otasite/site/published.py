"""What outputs see: one app with its addresses and pages, and the site with its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from otasite.catalogue.model import App, FreePage, Release
from otasite.catalogue.records import Platform
from otasite.site.addresses import AppAddresses, AppFiles
from otasite.site.artifacts import Artifact
from otasite.site.context import Context
from otasite.site.images import ImageFile
from otasite.site.named import SiteLink
from otasite.site.pages import AppPages
from otasite.site.views import AppCard, PageView, RecentRelease, View

#: Renders a page's view, or that of another file, with the theme.
Render = Callable[[View], bytes]


class PublishedPage(msgspec.Struct, frozen=True):
    """A page of the site, and the file that a person would edit to change it."""

    view: PageView
    source: str


class PublishedApp(msgspec.Struct, frozen=True, kw_only=True):
    """One app as it is published.

    ``pages`` makes its views by language, ``pictures`` are its icons and screenshots by path. ``shown`` are its
    releases, newest first. Of files that belong to single releases only those of ``wanted`` are asked for, and
    ``made`` are the pages that are: all of them, unless somebody follows a small change.
    """

    app: App
    addresses: AppAddresses
    files: AppFiles
    pages: dict[str, AppPages]
    shown: tuple[Release, ...]
    wanted: tuple[Release, ...]
    made: tuple[PublishedPage, ...]
    pictures: dict[str, Artifact]
    #: Renders a view with the theme.
    render: Render
    icon: ImageFile | None = None
    #: Links in its texts to other pages of the site.
    links: tuple[SiteLink, ...] = ()

    @property
    def context(self) -> Context:
        """The site: its addresses, texts and languages."""
        return self.addresses.context

    @property
    def main(self) -> AppPages:
        """The pages in the site's first language."""
        return self.pages[self.context.site.language]


class AppDigest(msgspec.Struct, frozen=True, kw_only=True):
    """One app as the rest of the site sees it, and nothing more: site-wide files never need all apps in memory.

    ``listed`` is false for unlisted apps, which nothing may name: they leave only counts and links. ``left`` is what
    outputs need of the app, by their names.
    """

    id: str
    source: str
    listed: bool
    #: What devices know it by, in the releases that are shown.
    identifiers: tuple[tuple[Platform, str], ...] = ()
    releases: int
    binaries: int
    updated: dt.datetime | None
    cards: dict[str, AppCard] = {}
    recent: dict[str, tuple[RecentRelease, ...]] = {}
    left: dict[str, bytes] = {}
    #: Its folders, and links in its texts to pages of the site.
    places: tuple[str, ...] = ()
    links: tuple[SiteLink, ...] = ()


def digest_of(app: PublishedApp, leave: Callable[[PublishedApp], dict[str, bytes]]) -> AppDigest:
    """The digest of an app; ``leave`` asks outputs what they need of it."""
    counts = AppDigest(
        id=app.app.id,
        source=app.app.source,
        identifiers=tuple(
            sorted({(binary.platform, binary.identifier) for release in app.shown for binary in release.binaries})
        ),
        listed=app.app.visibility == "public",
        releases=len(app.shown),
        binaries=sum(len(release.binaries) for release in app.shown),
        updated=max((release.timestamp for release in app.shown), default=None),
        links=app.links,
    )
    if not counts.listed:
        return counts
    return msgspec.structs.replace(
        counts,
        cards={language: pages.card() for language, pages in app.pages.items()},
        recent={language: pages.recent() for language, pages in app.pages.items()},
        left=leave(app),
        places=(*app.main.by_channel, *(release.id for release in app.shown)),
    )


class PublishedSite(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to no single app: the site with its free pages, and all pages that are made of it."""

    context: Context
    pages: tuple[FreePage, ...]
    made: tuple[PublishedPage, ...]
    #: Renders a view with the theme.
    render: Render
