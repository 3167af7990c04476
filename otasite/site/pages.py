"""From an app of the catalogue to the views of its pages, in one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from posixpath import dirname
from typing import Any

import msgspec

from otasite.catalogue.model import Binary, Release, shared
from otasite.catalogue.records import Platform
from otasite.hosts.headers import page_policy
from otasite.site.addresses import AppAddresses, AppFiles, category_path
from otasite.site.insides import Insides
from otasite.site.notes import gist
from otasite.site.selection import Newest, by_channel, earlier_builds, newest_of, platforms_of
from otasite.site.urls import filled, normal_url, origin_of, root_of
from otasite.site.views import (
    AppCard,
    AppHead,
    AppPage,
    AppView,
    BinaryView,
    ChannelPage,
    EarlierBuild,
    HistoryItem,
    Icon,
    LinkView,
    OfferView,
    Origin,
    PageMeta,
    Picture,
    PlatformVersion,
    RecentRelease,
    ReleasePage,
    ReleaseView,
    SigningView,
)
from otasite.theming.languages import direction

#: Which clients can follow the channel that a release is the newest of.
Offers = Callable[[AppAddresses, Newest[Release]], Iterable[OfferView]]
#: How many earlier releases a release's own page lists.
RELEASE_HISTORY = 10
#: How many earlier releases an app's page shows with their notes; the others are one line each.
HISTORY_WITH_NOTES = 10
#: How many builds for older systems a page carries for each platform.
EARLIER_BUILDS = 8


class AppPages:
    """Makes the views of one app's pages in one language.

    ``offers`` says who can follow a channel, ``insides`` what is inside of the builds. ``lines`` are releases in
    lists, by id, where they are known already.
    """

    def __init__(
        self,
        addresses: AppAddresses,
        releases: tuple[Release, ...],
        files: AppFiles,
        language: str,
        offers: Offers,
        insides: Insides,
        lines: Mapping[str, HistoryItem] | None = None,
    ) -> None:
        self.addresses = addresses
        self.context = context = addresses.context
        self.app = app = addresses.app
        self.releases = releases
        self.files = files
        self.language = language
        self.offers = offers
        self.insides = insides
        self.prefix = context.prefix(language)
        self.direction = direction(language)
        self.name = context.text(app.name, language)
        self.unlisted = app.visibility != "public"
        self.by_channel = by_channel(releases, context.channels)
        self.newest_in = {channel: newest_of(of_channel) for channel, of_channel in self.by_channel.items()}
        self._earlier = earlier_builds(releases)
        self.channels = {
            channel: context.channel_view(addresses.channel(channel), channel, language)
            for channel in self.by_channel
        }
        self.lines = {release.id: (lines or {}).get(release.id) or self._line(release) for release in releases}
        self._apps: dict[str, AppView] = {}

    # --- pages --------------------------------------------------------------------------------------------

    @property
    def newest(self) -> Newest[Release] | None:
        """What the app's own page offers: the newest of the default channel, else of the first that has any."""
        return next(iter(self.newest_in.values()), None)

    @cached_property
    def _gist(self) -> str:
        """What search engines and link previews show of all pages."""
        return self.context.text(self.app.subtitle, self.language) or gist(self._described(""))

    def _described(self, root: str) -> str:
        app, language = self.app, self.language
        return self.context.notes.html(
            self.context.text(app.description, language), root=root, folder=dirname(app.source), language=language
        )

    def app_page(self) -> AppPage:
        newest = self.newest
        page = self.meta("app", self.addresses.path, title=self.name)
        return AppPage(
            **self._shared(page, self.offered(newest, page.root) if newest else None),
            channels=tuple(self.channels.values()),
            history=self._history(self.releases, newest, page),
            follow=self._follow(newest, page) if newest else (),
        )

    def channel_pages(self) -> Iterator[ChannelPage]:
        for channel, releases in self.by_channel.items():
            view = self.channels[channel]
            page = self.meta("channel", self.addresses.channel(channel), title=f"{self.name} – {view.title}")
            yield ChannelPage(
                **self._shared(page, self.offered(self.newest_in[channel], page.root)),
                channel=view,
                channels=tuple(self.channels.values()),
                history=self._history(releases, self.newest_in[channel], page),
                follow=self._follow(self.newest_in[channel], page),
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
        page = self.meta(
            "release",
            self.addresses.release(release),
            title=f"{self.name} {release.version} ({release.build})",
        )
        return ReleasePage(
            **self._shared(page, self.release_view(release, page.root)),
            newer=self._newer(release),
            history=tuple(self.lines[other.id] for other in releases[index + 1 : index + 1 + RELEASE_HISTORY]),
        )

    def _newer(self, release: Release) -> tuple[HistoryItem, ...]:
        newest = self.newest_in[release.channel].by_platform
        replaced = [platform for platform in platforms_of(release) if newest[platform] is not release]
        replacing = {newest[platform].id: self.lines[newest[platform].id] for platform in replaced}
        return tuple(
            msgspec.structs.replace(line, platforms=tuple(each for each in replaced if newest[each].id == line.id))
            for line in replacing.values()
        )

    def card(self) -> AppCard:
        """The app as the index shows it."""
        newest = self.newest
        return AppCard(
            **self._head(),
            version=newest.release.version if newest else "",
            build=newest.release.build if newest else "",
            date=newest.release.date if newest else "",
            versions=tuple(
                PlatformVersion(
                    platform=binary.platform, version=binary.version, build=binary.build, date=release.date
                )
                for release in (newest.releases if newest else ())
                for binary in release.binaries
                if newest and newest.by_platform[binary.platform] is release
            ),
        )

    def recent(self) -> tuple[RecentRelease, ...]:
        """The newest releases of each channel, for a list across apps on the index."""
        card = self.card()
        return tuple(
            RecentRelease(
                app=self.app.id,
                app_name=self.name,
                app_path=card.path,
                icon=card.icon,
                path=self.prefix + self.addresses.release(release),
                version=release.version,
                build=release.build,
                date=release.date,
                channel=self.channels[release.channel],
                platforms=tuple(each for each in platforms_of(release) if newest.by_platform[each] is release),
                notes=self._notes(release, root_of(self.prefix)),
            )
            for newest in self.newest_in.values()
            for release in newest.releases
        )

    # --- parts --------------------------------------------------------------------------------------------

    def meta(self, kind: str, path: str, *, title: str) -> PageMeta:
        return self.context.page_meta(
            kind,  # type: ignore[arg-type]  # the three callers above pass literals
            path,
            self.language,
            title=title,
            description=self._gist,
            noindex=self.unlisted,
            feed=f"{self.addresses.path}feed.xml",
            social_image=self.files.social_images[self.language],
            web_manifest=self.files.web_manifests[self.language],
        )

    def _shared(self, page: PageMeta, release: ReleaseView | None) -> dict[str, Any]:
        """What each page of the app has. Its script may look at the release's files, wherever they are."""
        binaries = (release.ios, release.android) if release else ()
        found = {origin_of(binary.url) for binary in binaries if binary} - {origin_of(page.url), ""}
        page = msgspec.structs.replace(page, policy=page_policy(sorted(found))) if found else page
        site, app = self.context.site_view(self.language), self.app_for(page)
        return {"site": site, "page": page, "app": app, "release": release}

    def app_for(self, page: PageMeta) -> AppView:
        """The app for pages of this depth; only the way to the root in its description differs."""
        view = self._apps.get(page.root)
        if view is None:
            view = self._apps[page.root] = self._app_view(page.root)
        return view

    def _app_view(self, root: str) -> AppView:
        app, text = self.app, self.context.text
        return AppView(
            **self._head(),
            description=self._described(root),
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
            management=self.prefix + self.addresses.management if self.addresses.management else "",
        )

    def _head(self) -> dict[str, Any]:
        return {
            **shared(self.app, AppHead),
            "path": self.prefix + self.addresses.path,
            "name": self.name,
            "subtitle": self.context.text(self.app.subtitle, self.language),
            "icon": self._icon(),
            "category_path": "" if self.unlisted else category_path(self.app.category, self.prefix),
            "extra": self.context.own_data(self.app.extra, self.language),
        }

    def _icon(self) -> Icon:
        icons = self.files.icons
        return Icon(
            small=icons[120],
            medium=icons[180],
            large=self.files.large_icon,
            drawn=self.files.drawn,
            hue=self.files.hue,
        )

    def offered(self, newest: Newest[Release], root: str | None) -> ReleaseView:
        """The newest release with each platform's newest build; without a way to the root there are no notes."""
        view = self.release_view(newest.release, root)
        others: dict[str, BinaryView | None] = {}
        for platform, release in newest.by_platform.items():
            if release is not newest.release:
                notes = self._notes(release, root)
                line = shared(self.lines[release.id], Origin) | {"notes": "" if notes == view.notes else notes}
                origin = Origin(**line, **self._built_from(release))
                binary = self._binary(release, getattr(release, platform))
                others[platform] = msgspec.structs.replace(binary, origin=origin) if binary else None
        return msgspec.structs.replace(view, **others) if others else view

    def release_view(self, release: Release, root: str | None) -> ReleaseView:
        path = self.prefix + self.addresses.release(release)
        given = shared(release, ReleaseView) | {
            "path": path,
            "url": self.context.base.absolute(path),
            "channel": self.channels[release.channel],
            "notes": self._notes(release, root),
            "ios": self._binary(release, release.ios),
            "android": self._binary(release, release.android),
            **self._built_from(release),
            "extra": self.context.own_data(release.extra, self.language),
        }
        return ReleaseView(**given)

    def _built_from(self, release: Release) -> dict[str, Any]:
        return {
            "commit": release.commit,
            "branch": release.branch,
            "commit_url": filled(self.context.site.commit_url, commit=release.commit),
            "branch_url": filled(self.context.site.branch_url, branch=release.branch),
        }

    def _follow(self, newest: Newest[Release], page: PageMeta) -> tuple[OfferView, ...]:
        """What clients are offered on a page, each with its code. Most codes lead to this part of it."""
        return tuple(
            msgspec.structs.replace(
                offer,
                address=offer.address or f"{page.url}#follow",
                qr=f"{page.path}qr-{offer.client if offer.address else 'follow'}.svg",
            )
            for offer in self.offers(self.addresses, newest)
        )

    def _notes(self, release: Release, root: str | None, *, plain: bool = False) -> str:
        if root is None:
            return ""
        text, language = self.context.text(release.notes, self.language), self.language
        folder = dirname(release.source)
        return self.context.notes.html(text, root=root, folder=folder, language=language, plain=plain)

    def absolute_notes(self, release: Release) -> str:
        """A release's notes for readers outside of the site: addresses in them are absolute."""
        return self._notes(release, self.context.base.url, plain=True)

    def _history(
        self, releases: Sequence[Release], newest: Newest[Release] | None, page: PageMeta
    ) -> tuple[HistoryItem, ...]:
        """All releases but those of which everything is on offer."""
        offered = {release.id for release in newest.releases if newest.offers_all_of(release)} if newest else set()
        releases = [release for release in releases if release.id not in offered]
        with_notes = (
            msgspec.structs.replace(
                self.lines[release.id],
                notes=self._notes(release, page.root),
                changes=self.insides.changes(release),
            )
            for release in releases[:HISTORY_WITH_NOTES]
        )
        return (*with_notes, *(self.lines[release.id] for release in releases[HISTORY_WITH_NOTES:]))

    def _line(self, release: Release) -> HistoryItem:
        given = shared(release, HistoryItem) | {
            "path": self.prefix + self.addresses.release(release),
            "channel": self.channels[release.channel],
            "platforms": tuple(binary.platform for binary in release.binaries),
            "notes": "",
            "extra": self.context.own_data(release.extra, self.language),
        }
        return HistoryItem(**given)

    def _binary(self, release: Release, binary: Binary | None) -> BinaryView | None:
        if binary is None:
            return None
        addresses, signing = self.addresses, binary.signing
        own, url = addresses.own(release, binary), addresses.download_url(release, binary)
        path = own.path if own and own.in_dist else ""
        given = shared(binary, BinaryView) | {
            "url": url,
            "extra": self.context.own_data(binary.extra, self.language),
            "signing": SigningView(
                type=signing.type or "", team=signing.team, expires=_moment(signing.expires), devices=signing.devices
            ),
        }
        return BinaryView(
            install_url=addresses.install_url(release, binary),
            manifest=addresses.manifest(release) if binary.platform == "ios" else "",
            download=path or url,
            download_is_path=bool(path),
            filename=addresses.plain_url(release, binary).partition("?")[0].rpartition("/")[2],
            available_until=_moment(addresses.available_until(release, binary)),
            inside=self.insides.view(release, binary),
            earlier=tuple(islice(self._earlier_builds(release, binary.platform), EARLIER_BUILDS)),
            **given,
        )

    def _earlier_builds(self, release: Release, platform: Platform) -> Iterator[EarlierBuild]:
        while (earlier := self._earlier.get((release.id, platform))) is not None:
            release, binary = earlier, getattr(earlier, platform)
            yield EarlierBuild(
                id=release.id,
                version=binary.version,
                build=binary.build,
                date=release.date,
                path=self.prefix + self.addresses.release(release),
                minimum_os=binary.minimum_os,
                install_url=self.addresses.install_url(release, binary) if platform == "ios" else "",
                expires=_moment(binary.signing.expires),
            )


def _moment(moment: dt.datetime | None) -> str:
    """A moment as templates get it; "" for none."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
