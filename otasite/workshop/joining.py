"""Which release of its app a new binary belongs to.

One version's iOS and Android builds usually have build numbers of their own. They are one release all the same: one
page, one set of notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from otasite.binaries.info import BinaryInfo
from otasite.catalogue.model import Release
from otasite.catalogue.resolve import release_id
from otasite.problems import Refused, suggest
from otasite.workshop.add_request import AddRequest
from otasite.workshop.app_choice import platform_of


def joined_release(
    releases: tuple[Release, ...], info: BinaryInfo, request: AddRequest, channel: str
) -> Release | None:
    """The release (of ``releases``, newest first) to record a binary in; ``None`` for a new one.

    ``channel`` is that of a new one. Raises Refused when the one that was asked for is not there, or has another
    build for this platform, and when another has the address that a new one would have.
    """
    if request.release:
        return _named(releases, info, request)
    name, own = release_id(info.version, info.build).lower(), (info.version, info.build)
    named_so = next((release for release in releases if release.id.lower() == name), None)
    if named_so and (named_so.version, named_so.build) == own:
        return named_so
    found = next(
        (release for release in releases if _has(release, info)),
        next(
            (each for each in _open(releases, platform_of(info)) if _fits(each, info, request, channel)),
            None,
        ),
    )
    if named_so and found is None:
        raise Refused(
            f"{named_so.source} is {named_so.version} ({named_so.build}); “{info.version}” ({info.build}) would have "
            f"the same address, {named_so.id}",
            f"give one of them an id: of its own, or record this one there: --release {named_so.id}",
        )
    return found


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
