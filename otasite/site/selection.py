"""Which releases a build shows: no drafts, none from the future, only as many per channel as the site keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from otasite.catalogue.model import App, Channel, Release


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the person who builds asked for. ``now`` is the only place where a clock reaches a build."""

    now: dt.datetime
    drafts: bool = False
    future: bool = False


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The releases shown, newest first, and how many were left out for which reason.

    ``until`` is the moment at which the selection changes by itself (the next future release).
    """

    releases: tuple[Release, ...]
    drafts: int = 0
    future: int = 0
    dropped: int = 0
    until: dt.datetime | None = None


def select(app: App, channels: Mapping[str, Channel], choice: Choice) -> Selection:
    """Choose the releases of ``app`` that the site shows."""
    shown: list[Release] = []
    kept: dict[str, int] = {}
    drafts = future = dropped = 0
    until: dt.datetime | None = None
    for release in app.releases:
        if release.draft and not choice.drafts:
            drafts += 1
        elif release.timestamp > choice.now and not choice.future:
            future += 1
            until = release.timestamp if until is None else min(until, release.timestamp)
        elif not release.pinned and kept.get(release.channel, 0) >= (channels[release.channel].keep or 2**31):
            dropped += 1
        else:
            shown.append(release)
            if not release.pinned:
                kept[release.channel] = kept.get(release.channel, 0) + 1
    return Selection(releases=tuple(shown), drafts=drafts, future=future, dropped=dropped, until=until)
