"""From an app of the catalogue to the views of its pages, in one language."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from urllib.parse import quote

import msgspec

from otasite.catalogue.model import App, Binary, Release
from otasite.site.context import Context
from otasite.site.notes import gist
from otasite.site.own_binaries import OwnBinaries
from otasite.site.urls import install_link, normal_url, root_of
from otasite.site.views import (
    AppCard,
    AppPage,
    AppView,
    BinaryView,
    ChannelPage,
    DeviceCheckView,
    HistoryItem,
    Icon,
    LinkView,
    PageMeta,
    Picture,
    RecentRelease,
    ReleasePage,
    ReleaseView,
    SigningView,
)

#: How many earlier releases a release's own page lists.
RELEASE_HISTORY = 10
#: How many earlier releases an app's page shows with their notes; the others are one line each.
HISTORY_WITH_NOTES = 10


class AppFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where an app's icon, pictures and own binaries are (paths from the site's root)."""

    icons: dict[int, str]
    large_icon: str
    drawn: bool
    screenshots: tuple[tuple[str, int, int], ...]
    social_images: dict[str, str]  # language → path
    web_manifests: dict[str, str]  # language → path
    binaries: OwnBinaries


class AppPages:
    """Makes the views of one app's pages in one language."""

    def __init__(
        self, context: Context, app: App, releases: tuple[Release, ...], files: AppFiles, language: str
    ) -> None:
        self.context = context
        self.app = app
        self.releases = releases
        self.files = files
        self.language = language
        self.prefix = context.prefix(language)
        self.name = context.text(app.name, language)
        self.unlisted = app.visibility != "public"
        self.by_channel = _by_channel(releases, context)
        self.channels = {channel: context.channel_view(app, channel, language) for channel in self.by_channel}
        self._description = self.context.text(app.subtitle, language) or gist(
            context.notes.html(context.text(app.description, language), root="")
        )
        self._lines = {release.id: self._line(release) for release in releases}
        self._apps: dict[str, AppView] = {}

    # --- pages --------------------------------------------------------------------------------------------

    @property
    def newest(self) -> Release | None:
        """The newest release of the default channel, else the newest of the first channel that has any."""
        return next(iter(self.by_channel.values()))[0] if self.by_channel else None

    def app_page(self) -> AppPage:
        release = self.newest
        page = self._meta("app", self.context.app_path(self.app), title=self.name)
        return AppPage(
            site=self.context.site_view(self.language),
            page=page,
            app=self._app(page),
            release=self._release(release, page) if release else None,
            channels=tuple(self.channels.values()),
            history=self._history([other for other in self.releases if other is not release], page),
        )

    def channel_pages(self) -> Iterator[ChannelPage]:
        for channel, releases in self.by_channel.items():
            view = self.channels[channel]
            page = self._meta(
                "channel", self.context.channel_path(self.app, channel), title=f"{self.name} – {view.title}"
            )
            yield ChannelPage(
                site=self.context.site_view(self.language),
                page=page,
                app=self._app(page),
                channel=view,
                channels=tuple(self.channels.values()),
                release=self._release(releases[0], page),
                history=self._history(releases[1:], page),
            )

    def release_pages(self) -> Iterator[ReleasePage]:
        for releases in self.by_channel.values():
            for index in range(len(releases)):
                yield self._release_page(releases, index)

    def release_page(self, release: Release) -> ReleasePage:
        releases = self.by_channel[release.channel]
        return self._release_page(releases, releases.index(release))

    def _release_page(self, releases: list[Release], index: int) -> ReleasePage:
        release = releases[index]
        page = self._meta(
            "release",
            self.context.release_path(self.app, release),
            title=f"{self.name} {release.version} ({release.build})",
        )
        return ReleasePage(
            site=self.context.site_view(self.language),
            page=page,
            app=self._app(page),
            release=self._release(release, page),
            newest=self._lines[releases[0].id] if index else None,
            history=tuple(self._lines[other.id] for other in releases[index + 1 : index + 1 + RELEASE_HISTORY]),
        )

    def again(self, context: Context, app: App, changed: Mapping[str, Release]) -> AppPages:
        """The same pages with other states of some releases (by id), of which lists say the same as before."""
        other = copy.copy(self)
        other.context = context
        other.app = app
        other.releases = tuple(changed.get(release.id, release) for release in self.releases)
        other.by_channel = {
            channel: [changed.get(release.id, release) for release in releases]
            for channel, releases in self.by_channel.items()
        }
        other._apps = {}
        return other

    def card(self) -> AppCard:
        """The app as the index shows it."""
        newest = self.newest
        return AppCard(
            id=self.app.id,
            path=self.prefix + self.context.app_path(self.app),
            name=self.name,
            subtitle=self.context.text(self.app.subtitle, self.language),
            category=self.app.category,
            platforms=self.app.platforms,
            icon=self._icon(),
            version=newest.version if newest else "",
            build=newest.build if newest else "",
            date=newest.date if newest else "",
        )

    def recent(self) -> tuple[RecentRelease, ...]:
        """The newest release of each channel, for a list across apps on the index."""
        card = self.card()
        return tuple(
            RecentRelease(
                app=self.app.id,
                app_name=self.name,
                app_path=card.path,
                icon=card.icon,
                path=self.prefix + self.context.release_path(self.app, release),
                version=release.version,
                build=release.build,
                date=release.date,
                channel=self.channels[release.channel],
                platforms=tuple(binary.platform for binary in release.binaries),
                notes=self.context.notes.html(
                    self.context.text(release.notes, self.language), root=root_of(self.prefix)
                ),
            )
            for release in (releases[0] for releases in self.by_channel.values())
        )

    # --- parts --------------------------------------------------------------------------------------------

    def _meta(self, kind: str, path: str, *, title: str) -> PageMeta:
        return self.context.page_meta(
            kind,  # type: ignore[arg-type]  # the three callers above pass literals
            path,
            self.language,
            title=title,
            description=self._description,
            noindex=self.unlisted,
            feed=f"{self.context.app_path(self.app)}feed.xml",
            social_image=self.files.social_images[self.language],
            web_manifest=self.files.web_manifests[self.language],
        )

    def _app(self, page: PageMeta) -> AppView:
        """The app for pages of this depth; only the way to the root in its description differs."""
        view = self._apps.get(page.root)
        if view is None:
            view = self._apps[page.root] = self._app_view(page.root)
        return view

    def _app_view(self, root: str) -> AppView:
        app, text = self.app, self.context.text
        return AppView(
            id=app.id,
            path=self.prefix + self.context.app_path(app),
            name=self.name,
            subtitle=text(app.subtitle, self.language),
            category=app.category,
            platforms=app.platforms,
            icon=self._icon(),
            description=self.context.notes.html(text(app.description, self.language), root=root),
            screenshots=tuple(
                Picture(src=src, alt=text(shot.alt, self.language), width=width, height=height)
                for shot, (src, width, height) in zip(app.screenshots, self.files.screenshots, strict=True)
            ),
            links=tuple(
                LinkView(kind=kind, href=normal_url(href))
                for kind in ("testflight", "app_store", "play", "website")
                if (href := getattr(app.links, kind))
            ),
            unlisted=self.unlisted,
        )

    def _icon(self) -> Icon:
        icons = self.files.icons
        return Icon(small=icons[120], medium=icons[180], large=self.files.large_icon, drawn=self.files.drawn)

    def _release(self, release: Release, page: PageMeta) -> ReleaseView:
        path = self.context.release_path(self.app, release)
        return ReleaseView(
            id=release.id,
            path=self.prefix + path,
            url=self.context.base.absolute(self.prefix + path),
            version=release.version,
            build=release.build,
            date=release.date,
            channel=self.channels[release.channel],
            notes=self._notes(release, page),
            commit=release.commit,
            branch=release.branch,
            draft=release.draft,
            pinned=release.pinned,
            commit_url=_filled(self.context.site.commit_url, commit=release.commit),
            branch_url=_filled(self.context.site.branch_url, branch=release.branch),
            ios=binary_view(self.context, self.app, release, release.ios, self.files),
            android=binary_view(self.context, self.app, release, release.android, self.files),
        )

    def _notes(self, release: Release, page: PageMeta) -> str:
        return self.context.notes.html(self.context.text(release.notes, self.language), root=page.root)

    def _history(self, releases: list[Release], page: PageMeta) -> tuple[HistoryItem, ...]:
        with_notes = (
            msgspec.structs.replace(self._lines[release.id], notes=self._notes(release, page))
            for release in releases[:HISTORY_WITH_NOTES]
        )
        return (*with_notes, *(self._lines[release.id] for release in releases[HISTORY_WITH_NOTES:]))

    def _line(self, release: Release) -> HistoryItem:
        return HistoryItem(
            id=release.id,
            path=self.prefix + self.context.release_path(self.app, release),
            version=release.version,
            build=release.build,
            date=release.date,
            channel=self.channels[release.channel],
            platforms=tuple(binary.platform for binary in release.binaries),
            notes="",
            pinned=release.pinned,
        )


def _filled(pattern: str, **value: str) -> str:
    """An address pattern with its one placeholder replaced; "" when either is missing."""
    ((name, text),) = value.items()
    return normal_url(pattern.replace(f"{{{name}}}", quote(text))) if pattern and text else ""


def _by_channel(releases: tuple[Release, ...], context: Context) -> Mapping[str, list[Release]]:
    """Releases by channel in the site's order (default first), each newest first; empty channels left out."""
    order = {channel: index for index, channel in enumerate(context.channels)}
    by_order = sorted(releases, key=lambda release: order[release.channel])
    return {channel: list(group) for channel, group in groupby(by_order, attrgetter("channel"))}


def manifest_path(context: Context, app: App, release: Release) -> str:
    return f"{context.release_path(app, release)}manifest.plist"


def plain_url(release: Release, binary: Binary, files: AppFiles) -> str:
    """The absolute https address of a binary, wherever it is hosted."""
    own = files.binaries.get((release.id, binary.platform))
    return own.url if own else normal_url(binary.url)


def binary_view(
    context: Context, app: App, release: Release, binary: Binary | None, files: AppFiles
) -> BinaryView | None:
    if binary is None:
        return None
    own = files.binaries.get((release.id, binary.platform))
    path = own.path if own and own.in_dist else ""
    plain = plain_url(release, binary, files)
    url, until = context.signed(app, plain), context.available_until(app, plain)
    ios = binary.platform == "ios"
    manifest = manifest_path(context, app, release) if ios else ""
    signing, check = binary.signing, binary.device_check
    return BinaryView(
        platform=binary.platform,
        install_url=install_link(context.base.absolute(manifest)) if ios else url,
        manifest=manifest,
        download=path or url,
        download_is_path=bool(path),
        filename=plain.partition("?")[0].rpartition("/")[2],
        identifier=binary.identifier,
        version=binary.version,
        build=binary.build,
        size=binary.size,
        sha256=binary.sha256,
        minimum_os=binary.minimum_os,
        device_family=binary.device_family,
        signing=SigningView(
            type=signing.type or "",
            team=signing.team,
            expires=_moment(signing.expires),
            devices=signing.devices,
        ),
        device_check=DeviceCheckView(salt=check.salt, iterations=check.iterations, hashes=check.hashes)
        if check
        else None,
        available_until=_moment(until),
    )


def _moment(moment: dt.datetime | None) -> str:
    """A moment as templates get it; "" for none."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
