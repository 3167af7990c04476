"""What is worth saying each time, though the catalogue is as somebody wrote it: it may not be as they meant it.

Nothing here keeps a site from being built, and a clock decides some of it, so it is no part of what a build makes of
an app: units note it with the moment from which it is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec

from otasite.catalogue.model import Release
from otasite.catalogue.records import Platform
from otasite.problems import Location, Problem
from otasite.site.published import AppDigest, PublishedApp
from otasite.site.rules import what_expires
from otasite.site.selection import newest_by_channel

#: What `otasite new` writes where only people know the right address.
EXAMPLE_SITE: Final = "https://apps.example.com"
EXAMPLE_DOWNLOADS: Final = "https://downloads.example.com"
_EXAMPLE_HOSTS: Final = frozenset(urlsplit(url).hostname for url in (EXAMPLE_SITE, EXAMPLE_DOWNLOADS))
#: Pixels of an icon on the home screen of an iPhone (60 points of two pixels): smaller ones look blurred.
_SMALLEST_ICON: Final = 120


class Reminder(msgspec.Struct, frozen=True):
    """Something to say from a moment on, in seconds since 1970, of what stands at ``keys`` in the problem's file."""

    problem: Problem
    keys: tuple[str | int, ...] = ()
    moment: float = 0.0


def is_example(url: str) -> bool:
    """Whether an address is one that `otasite new` wrote."""
    return urlsplit(url).hostname in _EXAMPLE_HOSTS


def example_address(what: str, location: Location | None) -> Problem:
    return Problem(
        code="example-address",
        message=f"{what} is an example: nothing is there",
        hint="write the address that you have",
        location=location,
        severity="warning",
    )


def app_reminders(app: PublishedApp) -> Iterator[Reminder]:
    """What is to be said of one app and the releases that it shows."""
    if app.icon is not None and min(app.icon.width, app.icon.height) < _SMALLEST_ICON:
        yield Reminder(
            Problem(
                code="small-icon",
                message=f"the icon has {app.icon.width} × {app.icon.height} pixels, and is shown with up to 512",
                hint=f"take the largest that there is: at least {_SMALLEST_ICON} pixels a side, better 1024",
                location=Location(app.app.icon),
                severity="warning",
            )
        )
    for release in app.shown:
        for binary in release.binaries:
            if is_example(binary.url):
                keys = (*_keys(release), binary.platform, "url")
                yield Reminder(example_address(f"“{binary.url}”", Location(release.source)), keys)
    newest = newest_by_channel(app.shown)
    for release in app.shown:
        ios = release.ios
        expires = ios.signing.expires if ios else None
        if ios and expires and (release.pinned or newest[release.channel].by_platform.get("ios") is release):
            name = f"release {release.version} ({release.build}) of channel {release.channel}"
            yield Reminder(
                Problem(
                    code="expired",
                    message=f"{name}: its {what_expires(ios)} expired on {expires:%Y-%m-%d}; it no longer installs",
                    hint="sign and add a new build, or set draft: true to take this one off the site",
                    location=Location(release.source),
                    severity="warning",
                ),
                (*_keys(release), "ios", "signing", "expires"),
                expires.timestamp(),
            )


def _keys(release: Release) -> tuple[str | int, ...]:
    """Where a release stands in its file."""
    return () if release.index is None else ("releases", release.index)


def twin_problems(digests: Iterable[AppDigest]) -> Iterator[Problem]:
    """Apps with one identifier: devices take the one for an update of the other."""
    first: dict[tuple[Platform, str], AppDigest] = {}
    for digest in digests:
        for platform, identifier in digest.identifiers:
            other = first.setdefault((platform, identifier), digest)
            if other is not digest:
                kind = "bundle identifier" if platform == "ios" else "application ID"
                yield Problem(
                    code="twin-apps",
                    message=f"“{other.id}” and “{digest.id}” have one {kind}, {identifier}: each replaces the other "
                    "on a device",
                    hint="make them channels of one app, or give one of them an identifier of its own",
                    location=Location(digest.source),
                    severity="warning",
                )
