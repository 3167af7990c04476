"""Which releases a build shows (no drafts, none of the future, only as many as the site keeps), and which are newest.

What is newest is a matter of channel *and platform*: the iOS and the Android build of one version usually have build
numbers of their own, and are two releases then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from otasite.catalogue.model import App, Binary, Channel, Release
from otasite.catalogue.records import PLATFORMS, Platform
from otasite.facts.difference import system_key


def by_channel(releases: Iterable[Release], channels: Iterable[str]) -> dict[str, list[Release]]:
    """Releases by channel in the order of the site's channels (default first), as they are given in each."""
    found: dict[str, list[Release]] = {channel: [] for channel in channels}
    for release in releases:
        found[release.channel].append(release)
    return {channel: of_channel for channel, of_channel in found.items() if of_channel}


def by_place(releases: Iterable[Release]) -> dict[tuple[str, Platform], list[tuple[Release, Binary]]]:
    """The builds of each channel and platform, each with its release, as they are given."""
    found: dict[tuple[str, Platform], list[tuple[Release, Binary]]] = {}
    for release in releases:
        for binary in release.binaries:
            found.setdefault((release.channel, binary.platform), []).append((release, binary))
    return found


class HasPlatforms(Protocol):
    """A release of the catalogue, or of the JSON that is made of it: a binary or ``None`` for each platform."""

    @property
    def channel(self) -> str: ...
    @property
    def ios(self) -> Any: ...
    @property
    def android(self) -> Any: ...


R = TypeVar("R", bound=HasPlatforms)


class Newest(msgspec.Struct, Generic[R], frozen=True):
    """What people are offered in a channel: its newest release, and for each platform the newest one that has it."""

    release: R
    by_platform: Mapping[Platform, R]

    @property
    def releases(self) -> tuple[R, ...]:
        """The releases on offer, each once, the newest first."""
        others = (self.by_platform[platform] for platform in PLATFORMS if platform in self.by_platform)
        return tuple({id(release): release for release in (self.release, *others)}.values())

    def offers_all_of(self, release: R) -> bool:
        """Whether no platform has anything newer than this release."""
        return all(self.by_platform[platform] is release for platform in platforms_of(release))


def platforms_of(release: HasPlatforms) -> tuple[Platform, ...]:
    return tuple(platform for platform in PLATFORMS if getattr(release, platform) is not None)


def newest_of(releases: Sequence[R]) -> Newest[R]:
    """What is newest among the releases of one channel (newest first, at least one)."""
    found: dict[Platform, R] = {}
    for release in releases:
        for platform in platforms_of(release):
            found.setdefault(platform, release)
        if len(found) == len(PLATFORMS):
            break
    return Newest(releases[0], found)


def newest_by_channel(releases: Iterable[R]) -> dict[str, Newest[R]]:
    """What each channel offers, of releases that are given newest first."""
    by_channel: dict[str, list[R]] = {}
    for release in releases:
        by_channel.setdefault(release.channel, []).append(release)
    return {channel: newest_of(of_channel) for channel, of_channel in by_channel.items()}


#: Releases that lie ahead of which a report of an app may name each.
MOST_AHEAD = 20


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the person who builds asked for. ``now`` is the only place where a clock reaches a build."""

    now: dt.datetime
    drafts: bool = False
    future: bool = False


class Ahead(msgspec.Struct, frozen=True, order=True):
    """A release that the site will show from a moment on, when it is built then."""

    moment: dt.datetime
    app: str
    version: str
    build: str


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The releases shown, newest first, and how many were left out for which reason.

    ``until`` is the moment at which the selection changes by itself (the next future release);
    ``ahead`` are the first of those.
    """

    releases: tuple[Release, ...]
    drafts: int = 0
    future: int = 0
    dropped: int = 0
    until: dt.datetime | None = None
    ahead: tuple[Ahead, ...] = ()


def select(app: App, channels: Mapping[str, Channel], choice: Choice) -> Selection:
    """Choose the releases of ``app`` that the site shows. What a channel keeps, it keeps of each platform."""
    shown: list[Release] = []
    kept: dict[tuple[str, Platform], int] = {}
    drafts = dropped = 0
    ahead: list[Ahead] = []
    for release in app.releases:
        if release.draft and not choice.drafts:
            drafts += 1
        elif release.timestamp > choice.now and not choice.future:
            ahead.append(Ahead(release.timestamp, app.id, release.version, release.build))
        elif release.pinned:
            shown.append(release)
        else:
            keys = [(release.channel, platform) for platform in platforms_of(release)]
            keep = channels[release.channel].keep
            if keep is not None and all(kept.get(key, 0) >= keep for key in keys):
                dropped += 1
                continue
            shown.append(release)
            kept |= {key: kept.get(key, 0) + 1 for key in keys}
    ahead.sort()
    return Selection(
        releases=tuple(shown),
        drafts=drafts,
        future=len(ahead),
        dropped=dropped,
        until=ahead[0].moment if ahead else None,
        ahead=tuple(ahead[:MOST_AHEAD]),
    )


def earlier_builds(releases: Sequence[Release]) -> dict[tuple[str, Platform], Release]:
    """For each binary (by release and platform) the newest earlier release of its channel for older systems.

    ``releases`` are newest first. A binary's entry is the newest release before it whose binary for the same platform
    asks for an older system and is otherwise for the same: identifier and kinds of devices. Following the entries
    gives all that are worth offering, each for older systems than the one before. Takes time in proportion to the
    number of releases.
    """
    found: dict[tuple[str, Platform], Release] = {}
    waiting: dict[tuple[object, ...], list[tuple[tuple[tuple[int, str], ...], Release]]] = {}
    for release in reversed(releases):
        for binary in release.binaries:
            if not binary.minimum_os:
                continue
            stack = waiting.setdefault(
                (release.channel, binary.platform, binary.identifier, binary.device_family), []
            )
            needs = system_key(binary.minimum_os)
            while stack and stack[-1][0] >= needs:
                stack.pop()
            if stack:
                found[release.id, binary.platform] = stack[-1][1]
            stack.append((needs, release))
    return found
