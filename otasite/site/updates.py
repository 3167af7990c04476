"""Whether phones take the newest build of an app as an update of the one before it.

Android: the signer must be the same, or have replaced it (“APK Signature Scheme v3”), and the versionCode must not be
lower. iOS: the application identifier, which begins with the team's, must be the same; a renewed certificate of the
team may differ, and so may the build number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from otasite.catalogue.model import Binary, Release
from otasite.catalogue.records import Platform
from otasite.facts.difference import system_key
from otasite.facts.model import Signer
from otasite.problems import Location, Problem
from otasite.site.selection import by_place

#: Finds the place of a release's binary.
Locate = Callable[[Release, Platform], Location]
#: The first Android version that knows of replaced certificates.
_KNOWS_ROTATION = system_key("9")


def update_problems(releases: Iterable[Release], locate: Locate) -> Iterator[Problem]:
    """Problems of each channel's and platform's newest build (of ``releases``, newest first) as an update.

    An error says that no phone with the build before takes it, a warning that some do not, or do not notice. What
    nobody recorded of a binary is not compared, and only its system of one that is to be installed anew
    (``reinstall:``).
    """
    for (release, now), *others in by_place(releases).values():
        for other, before in others:
            if before.identifier == now.identifier:
                yield from _compared(now, before, _name(release, now), _name(other, before), release, locate)
                break


def _compared(
    now: Binary, before: Binary, name: str, name_before: str, release: Release, locate: Locate
) -> Iterator[Problem]:
    at = locate(release, now.platform)
    if now.sha256 and now.sha256 == before.sha256:
        return
    if not now.reinstall:
        yield from _signing(now, before, name, name_before, at)
        yield from _numbers(now, before, name, name_before, at)
    if now.minimum_os and before.minimum_os and system_key(now.minimum_os) > system_key(before.minimum_os):
        system = "iOS" if now.platform == "ios" else "Android"
        yield Problem(
            code="update-minimum",
            message=f"{name} needs {system} {now.minimum_os}, and {name_before} runs from {before.minimum_os} on: "
            "phones between the two get no update",
            hint="if that is meant, nothing: pages offer such phones the newest build that runs on them",
            location=at,
        )


def _signing(now: Binary, before: Binary, name: str, name_before: str, at: Location) -> Iterator[Problem]:
    if now.platform == "ios":
        team, team_before = _team(now), _team(before)
        if team and team_before and team != team_before:
            yield Problem(
                code="team-changed",
                message=f"{name} is signed by the team {team}, {name_before} by {team_before}: iOS does not install "
                "it over that one",
                hint=_REINSTALL,
                location=at,
            )
        return
    signer, signer_before = _signer(now), _signer(before)
    if signer is None or signer_before is None or signer.sha256 == signer_before.sha256:
        return
    if signer_before.sha256 not in signer.lineage:
        yield Problem(
            code="signer-changed",
            message=f"{name} is signed with another certificate ({signer.sha256[:12]}…) than {name_before} "
            f"({signer_before.sha256[:12]}…): Android does not install it over that one",
            hint=_REINSTALL,
            location=at,
        )
    elif now.minimum_os and system_key(now.minimum_os) < _KNOWS_ROTATION and not _signed_too(now, signer_before):
        yield Problem(
            code="signer-changed",
            message=f"{name} is signed with the certificate that replaced the one of {name_before}, and no more "
            "with that one: phones before Android 9 do not install it over that one",
            hint="sign with both (apksigner --lineage), so that schemes v1 and v2 have the older one",
            location=at,
            severity="warning",
        )


def _numbers(now: Binary, before: Binary, name: str, name_before: str, at: Location) -> Iterator[Problem]:
    if now.platform == "android" and (lower := _compare(now.build, before.build)):
        if lower < 0:
            yield Problem(
                code="update-downgrade",
                message=f"{name} has a lower versionCode than {name_before}: Android does not install it over it",
                hint=f"build it with a versionCode above {before.build}",
                location=at,
            )
        return
    is_same = now.build == before.build and (now.platform == "android" or now.version == before.version)
    if is_same and now.sha256 and before.sha256:
        number = "versionCode" if now.platform == "android" else "version and build"
        yield Problem(
            code="update-same-build",
            message=f"{name} is another file than {name_before} with the same {number}: whoever has that one is told "
            "of no update, and reports cannot tell the two apart",
            hint="give each build a number of its own",
            location=at,
        )


_REINSTALL = (
    "sign it as the build before was; or, if people shall delete the app first, say so: reinstall: true "
    "(otasite add --reinstall)"
)


def _compare(one: str, other: str) -> int:
    """−1, 0 or 1 for lower, equal or higher numbers; 0 for what are none."""
    if not (one.isascii() and one.isdigit() and other.isascii() and other.isdigit()):
        return 0
    keys = [(len(text), text) for text in (one.lstrip("0"), other.lstrip("0"))]
    return (keys[0] > keys[1]) - (keys[0] < keys[1])


def _signer(binary: Binary) -> Signer | None:
    return binary.facts.signer if binary.facts else None


def _signed_too(binary: Binary, signer: Signer) -> bool:
    return binary.facts is not None and any(each.sha256 == signer.sha256 for each in binary.facts.signers)


def _team(binary: Binary) -> str:
    signer = _signer(binary)
    return binary.signing.team_id or (signer.team if signer else "")


def _name(release: Release, binary: Binary) -> str:
    return f"{binary.version} ({binary.build}) of channel {release.channel}"
