"""Can this binary be installed from a web page: by whom, until when, and if not, why not?

The rules are those of iOS (enterprise, ad hoc and development builds install over the air, store builds never)
and of Android's package installer. Each reason is a :class:`~otasite.problems.Problem` with a permanent code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Literal

from otasite.binaries.android_versions import sdk_level
from otasite.binaries.info import AndroidInfo, BinaryInfo, Info, IosInfo, OperatingSystem, Profile
from otasite.problems import Location, Problem

Audience = Literal["nobody", "registered-devices", "organisation", "anyone"]

#: Android 11 refuses apps for SDK 30 and up that carry only the oldest kind of signature.
_NEEDS_V2_SIGNATURE = 30

#: Makes a problem of the binary at hand from code, message and hint.
_MakeProblem = Callable[[str, str, str], Problem]

_ELSEWHERE: dict[OperatingSystem, str] = {
    "tvos": "this is an app for Apple TV",
    "watchos": "this is an app for Apple Watch alone",
    "visionos": "this is an app for Apple Vision",
    "macos": "this is an app for the Mac",
}


class Verdict(Info, frozen=True, kw_only=True):
    """``until`` is the moment the build stops working, None when it does not say. ``reasons`` are the errors that
    keep people from installing it; without any, ``installable`` is true."""

    installable: bool
    audience: Audience
    until: dt.datetime | None
    devices: int | None
    reasons: tuple[Problem, ...] = ()


def verdict(info: BinaryInfo, now: dt.datetime) -> Verdict:
    """Judge a binary as of ``now`` (with a time zone)."""
    reasons = [problem for problem in info.problems if problem.is_error]
    profile = info.ios.profile if info.ios else None
    if info.ios:
        reasons += _ios_reasons(info, info.ios, now)
    if info.android:
        reasons += _android_reasons(info, info.android)
    return Verdict(
        installable=not reasons,
        audience="nobody" if reasons else _audience(info, profile),
        until=valid_until(info),
        devices=profile.devices if profile else None,
        reasons=tuple(sorted(reasons, key=Problem.sort_key)),
    )


def valid_until(info: BinaryInfo) -> dt.datetime | None:
    """When the build stops working: the earliest end among the app's profile and those of its extensions."""
    if not info.ios:
        return None
    profiles = [info.ios.profile, *(bundle.profile for bundle in info.ios.nested)]
    ends = (profile.valid_until for profile in profiles if profile)
    return min((end for end in ends if end), default=None)


def _audience(info: BinaryInfo, profile: Profile | None) -> Audience:
    if info.kind == "apk":
        return "anyone"
    return "organisation" if profile and profile.type == "enterprise" else "registered-devices"


def _ios_reasons(info: BinaryInfo, ios: IosInfo, now: dt.datetime) -> Iterator[Problem]:
    problem = _problems_of(info)
    if info.os in _ELSEWHERE:
        yield problem(
            "not-for-iphone",
            f"{_ELSEWHERE[info.os]}; pages can install apps on iPhone and iPad only",
            "List it without an install button, or export the iOS app.",
        )
        return
    if info.os == "ios-simulator":
        yield problem(
            "simulator-build",
            "this build runs only in the simulator on a Mac",
            "Archive for a device (“Any iOS Device”) and export that.",
        )
        return
    if not ios.payload_at_root:
        yield problem(
            "payload-too-deep",
            f"“Payload” is inside “{ios.app_path.partition('/Payload/')[0]}”; iOS looks for it at the top",
            "Zip the folder “Payload” itself, not the folder around it.",
        )
    if ios.encrypted:
        yield problem(
            "fairplay",
            "this copy came from the App Store and is encrypted for the account that bought it",
            "Export the app from Xcode or your build server.",
        )
        return
    yield from _signature_reasons(info, ios, problem, now)


def _signature_reasons(info: BinaryInfo, ios: IosInfo, problem: _MakeProblem, now: dt.datetime) -> Iterator[Problem]:
    export = "Export it for ad hoc, enterprise or development distribution."
    if not ios.signed:
        yield problem("unsigned", "the app is not signed", f"{export} Unsigned apps run on no device.")
    profile = ios.profile
    if profile is None:
        if ios.signed:
            yield problem("no-profile", "the app has no readable provisioning profile", export)
        return
    if profile.type == "app-store":
        yield problem(
            "store-build",
            "this build is signed for the App Store or TestFlight; those never install from a page",
            export,
        )
        return
    if profile.devices == 0 and not profile.provisions_all_devices:
        yield problem("no-devices", "its profile lists no devices", "Register devices, then export again.")
    if not _covers(profile, info.identifier):
        yield problem(
            "profile-mismatch",
            f"its profile is for “{profile.app_id}”, the app is “{info.identifier}”",
            "Sign the app with the profile that belongs to it.",
        )
    yield from _expiry_reasons(info, ios, problem, now)


def _expiry_reasons(info: BinaryInfo, ios: IosInfo, problem: _MakeProblem, now: dt.datetime) -> Iterator[Problem]:
    profiles = [("the app", ios.profile), *((f"“{b.path}”", b.profile) for b in ios.nested)]
    for whose, profile in profiles:
        if profile and profile.valid_until and profile.valid_until <= now:
            what = "profile" if profile.expires == profile.valid_until else "last certificate"
            yield problem(
                "expired",
                f"the {what} of {whose} expired on {profile.valid_until:%Y-%m-%d}",
                "Renew the profile in Apple's developer portal and build again.",
            )


def _covers(profile: Profile, identifier: str) -> bool:
    """Whether the profile's application identifier (``TEAM.com.example.*``) allows this bundle identifier."""
    pattern = profile.app_id.partition(".")[2]
    if not pattern or not identifier:
        return True
    return fnmatchcase(identifier, pattern.replace("[", "[[]").replace("?", "[?]"))


def _android_reasons(info: BinaryInfo, android: AndroidInfo) -> Iterator[Problem]:
    problem = _problems_of(info)
    if not android.signature_schemes:
        yield problem("unsigned", "the APK is not signed", "Build a signed APK (`assembleRelease` with a key).")
    elif set(android.signature_schemes) == {"v1"} and sdk_level(android.target_sdk) >= _NEEDS_V2_SIGNATURE:
        yield problem(
            "signature-too-old",
            f"it targets SDK {android.target_sdk} but carries only the oldest kind of signature (v1)",
            "Sign it with `apksigner`, which adds the v2 signature Android 11 asks for.",
        )
    if android.split:
        yield problem(
            "apk-split",
            f"this is one part (“{android.split}”) of an app that is split into several APKs",
            "Build a universal APK.",
        )
    if android.test_only:
        yield problem(
            "apk-test-only",
            "the APK is marked “test only”: Android installs it from a computer, not from a page",
            "Build it with Gradle (`assembleDebug`), not with Android Studio's Run button.",
        )


def _problems_of(info: BinaryInfo) -> _MakeProblem:
    def problem(code: str, message: str, hint: str) -> Problem:
        return Problem(code=code, message=message, hint=hint, location=Location(info.file))

    return problem
