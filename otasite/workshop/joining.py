"""How a new binary stands to what its app has: which release it belongs to, and whether phones take it as an update.

One version's iOS and Android builds usually have build numbers of their own. They are one release all the same: one
page, one set of notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from otasite.binaries.info import BinaryInfo
from otasite.catalogue.apps import age
from otasite.catalogue.model import Release
from otasite.catalogue.records import PLATFORMS, Platform
from otasite.catalogue.resolve import release_id
from otasite.problems import Location, Problem, Refused, suggest
from otasite.site.updates import update_problems
from otasite.workshop.add_request import AddRequest
from otasite.workshop.app_choice import platform_of


def joined_release(
    releases: tuple[Release, ...], info: BinaryInfo, request: AddRequest, channel: str
) -> Release | None:
    """The release (of ``releases``, newest first) to record a binary in; ``None`` for a new one.

    ``channel`` is that of a new one. Raises Refused when the one that was asked for is not there, or has another
    build for this platform.
    """
    if request.release:
        return _named(releases, info, request)
    name, platform = release_id(info.version, info.build).lower(), platform_of(info)
    same = next((release for release in releases if release.id.lower() == name), None)
    return same or next(
        (release for release in releases if _has(release, info)),
        next((release for release in _open(releases, platform) if _fits(release, info, request, channel)), None),
    )


def as_update(releases: Iterable[Release], new: Release, platform: Platform, source: str) -> tuple[Problem, ...]:
    """Whether phones take a new build as an update of the one before it; nothing when it is not the newest then."""
    of_platform = [each for each in releases if each.id != new.id and getattr(each, platform) and not each.draft]
    ordered = sorted([*of_platform, new], key=age, reverse=True)
    same_channel = [each for each in ordered if each.channel == new.channel]
    if same_channel[0] is not new:
        return ()
    only = [msgspec.structs.replace(each, **{other: None}) for each in same_channel for other in _others(platform)]
    return tuple(update_problems(only, lambda release, platform: Location(source)))


def _others(platform: Platform) -> Iterator[Platform]:
    return (other for other in PLATFORMS if other != platform)


def _named(releases: Iterable[Release], info: BinaryInfo, request: AddRequest) -> Release:
    by_name = {release.id.lower(): release for release in releases}
    release = by_name.get(request.release.lower())
    if release is None:
        known = [release.id for release in by_name.values()]
        hint = suggest(request.release, known) or f"it has: {', '.join(known[:5]) or 'none yet'}"
        raise Refused(f"there is no release “{request.release}” of this app", hint)
    present = getattr(release, platform_of(info))
    if present is not None and not _has(release, info) and not request.replace:
        raise Refused(
            f"{release.source} has another {platform_of(info)} build: {present.version} ({present.build})",
            "leave out --release to make a release of this one; to record it in place of the other: --replace",
        )
    return release


def _has(release: Release, info: BinaryInfo) -> bool:
    """Whether it is this very build, recorded before."""
    binary = getattr(release, platform_of(info))
    return binary is not None and (binary.version, binary.build) == (info.version, info.build)


def _open(releases: Iterable[Release], platform: str) -> Iterator[Release]:
    """Releases that are newer than any with this platform in their channel: nobody expects an old one to grow."""
    taken: set[str] = set()
    for release in releases:
        if getattr(release, platform) is not None:
            taken.add(release.channel)
        elif release.channel not in taken:
            yield release


def _fits(release: Release, info: BinaryInfo, request: AddRequest, channel: str) -> bool:
    """Whether a release without this platform is of the same version and channel, and nothing said contradicts it."""
    said = {key: value for key, value in request.said.items() if key != "channel"}
    return (
        release.channel == channel
        and _plain(release.version) == _plain(info.version)
        and release.draft == request.draft
        and all(str(getattr(release, key)).strip() == value.strip() for key, value in said.items())
    )


def _plain(version: str) -> str:
    """A version without the build metadata of Semantic Versioning: ``1.2.0+45`` is a build of 1.2.0."""
    return version.partition("+")[0]
