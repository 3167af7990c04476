"""What ``otasite check`` says about the insides of the builds that people are offered: the newest of each channel.

It rests on facts (:mod:`otasite.facts`), and says nothing of releases that have none. Nothing here keeps a site from
being built: whether a binary installs at all is judged where it is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from otasite.catalogue.model import Binary, Release
from otasite.catalogue.records import Platform
from otasite.facts.difference import difference
from otasite.facts.model import BuildFacts
from otasite.problems import Location, Problem
from otasite.site.selection import by_place

#: Channels whose names promise that what is in them is finished.
STABLE: Final = frozenset({"stable", "release", "production", "prod", "live"})
#: The lowest targets that versions of Android install (developer.android.com, “Behavior changes: all apps”, 14, 15).
_LOWEST_TARGETS: Final = ((23, "14"), (24, "15"))
#: What Google Play Protect blocks in apps that come from browsers, messengers or file managers, in some countries.
_SENSITIVE: Final = frozenset({"android.permission.READ_SMS", "android.permission.RECEIVE_SMS"})
_SENSITIVE_SERVICES: Final = {
    "accessibility": "an accessibility service",
    "notification-listener": "reading notifications",
}
_FOR_RELEASE: Final = "Export it as ad hoc or enterprise."
#: Names in one message.
_MAX_NAMES: Final = 8

#: Finds the line of a release that a problem is about, by keys.
Locate = Callable[[Release, Platform], Location]


def review_problems(
    releases: Iterable[Release], now: dt.datetime, expiring: dt.timedelta, locate: Locate
) -> Iterator[Problem]:
    """Problems of the newest release of each channel and platform, beside the one before it.

    ``releases`` are newest first, as the site shows them.
    """
    for (channel, platform), builds in by_place(releases).items():
        release, binary = builds[0]
        if binary.facts is None:
            continue
        before = next((other.facts for _, other in builds[1:] if other.facts is not None), None)
        place = f"release {release.version} ({release.build}) of channel {channel}", locate(release, platform)
        yield from _Review(channel, binary, before, now + expiring, *place).problems()


class _Review:
    """One build, which people call ``name``, beside the one before it."""

    def __init__(
        self,
        channel: str,
        binary: Binary,
        before: BuildFacts | None,
        until: dt.datetime,
        name: str,
        location: Location,
    ) -> None:
        self.channel = channel
        self.binary = binary
        self.facts = binary.facts or BuildFacts()
        self.before = before
        self.until = until
        self.name = name
        self.location = location
        self.is_android = binary.platform == "android"

    def problems(self) -> Iterator[Problem]:
        if self.before is not None:
            yield from self._permissions(self.before)
        if self.channel in STABLE:
            yield from self._unfinished()
        if self.is_android:
            yield from self._android()
        else:
            yield from self._ios()

    def _problem(self, code: str, message: str, hint: str) -> Problem:
        return Problem(code=code, message=f"{self.name}: {message}", hint=hint, location=self.location)

    def _permissions(self, before: BuildFacts) -> Iterator[Problem]:
        kinds = {"permission", "usage", "service"}
        added = [change for change in difference(before, self.facts) if change.kind in kinds and change.is_new]
        names = [change.what for change in added if change.after not in {"normal", "signature"}]
        if names:
            yield self._problem(
                "permission-added",
                f"it asks for more than the build before it: {_some(names)}",
                "Say in its notes what that is for.",
            )

    def _unfinished(self) -> Iterator[Problem]:
        signer = self.facts.signer
        if not self.is_android and self.facts.debuggable:
            yield self._problem(
                "get-task-allow",
                f"it was signed for development (get-task-allow), in the channel “{self.channel}”",
                _FOR_RELEASE,
            )
        elif not self.is_android and signer is not None and signer.debug:
            yield self._problem(
                "debug-build",
                f"it is signed with a certificate for development, in the channel “{self.channel}”",
                _FOR_RELEASE,
            )
        elif self.is_android and (self.facts.debuggable or (signer is not None and signer.debug)):
            what = "it is debuggable" if self.facts.debuggable else "it is signed with an SDK's debug key"
            yield self._problem(
                "debug-build",
                f"{what}, in the channel “{self.channel}”",
                "Build it with a release configuration and a key of your own (`assembleRelease`).",
            )

    def _android(self) -> Iterator[Problem]:
        refusing = [version for lowest, version in _LOWEST_TARGETS if 0 < self.facts.target_sdk < lowest]
        if refusing:
            yield self._problem(
                "target-sdk-old",
                f"it targets SDK {self.facts.target_sdk}: Android {refusing[0]} and newer refuse it",
                f"Set targetSdk to {_LOWEST_TARGETS[-1][0]} or higher, better to the newest.",
            )
        asked = [item.name for item in self.facts.permissions if item.name in _SENSITIVE]
        asked += [_SENSITIVE_SERVICES[name] for name in self.facts.services if name in _SENSITIVE_SERVICES]
        if asked:
            yield self._problem(
                "play-protect-sensitive",
                f"Google Play Protect may block it when it comes from a browser: it asks for {_some(asked)}",
                "Leave out what the app does not need; help people who see “App blocked”.",
            )

    def _ios(self) -> Iterator[Problem]:
        signer, said = self.facts.signer, self.binary.signing.expires
        ends = signer.expires if signer else None
        # When both are the same, the rules of signing say it.
        if ends is not None and ends <= self.until and (said is None or ends < said):
            yield self._problem(
                "certificate-expires",
                f"its signing certificate expires on {ends:%Y-%m-%d}",
                "Sign a new build with a new certificate before that day.",
            )
        given = {item.category for item in self.facts.privacy.apis} if self.facts.privacy else set()
        missing = [name for name in self.facts.api_categories if name not in given]
        if missing:
            yield self._problem(
                "privacy-manifest-missing",
                f"it uses APIs for which Apple's stores want a reason, and gives none: {_some(missing)}",
                "Add the categories to PrivacyInfo.xcprivacy. Installing from a page does not need it.",
            )
        if self.facts.encryption is None:
            yield self._problem(
                "encryption-undeclared",
                "Info.plist does not say whether it uses encryption (ITSAppUsesNonExemptEncryption)",
                "Set the key: the App Store and TestFlight ask for it with every build otherwise.",
            )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(name.removeprefix("android.permission.") for name in names[:_MAX_NAMES]) + more
