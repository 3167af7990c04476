"""What iOS asks of an app before it installs it, and of each bundle inside of it.

iOS checks every bundle by itself (profile, signature, identifier) and against the app around it; one that fails is
enough for “Unable to Install”. Sources: Apple's Technical Notes TN3125 (profiles) and TN2250 (signing), Technical
Q&A QA1830, “Nested code”, and the messages of ``installd`` that people report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from otasite.binaries.info import BinaryInfo, CodeSignature, IosInfo, NestedBundle, OperatingSystem, Profile
from otasite.binaries.profile import covers_text
from otasite.problems import Location, Problem, Severity

_ELSEWHERE: dict[OperatingSystem, str] = {
    "tvos": "this is an app for Apple TV",
    "watchos": "this is an app for Apple Watch alone",
    "visionos": "this is an app for Apple Vision",
    "macos": "this is an app for the Mac",
}
#: Entitlements that iOS grants only when the profile has them. Others (the sandbox keys of the Mac, which come with
#: Xcode's templates for several platforms) mean nothing to it.
_GRANTED_PREFIX = "com.apple.developer."
_GRANTED = {
    "aps-environment",
    "beta-reports-active",
    "com.apple.external-accessory.wireless-configuration",
    "com.apple.security.application-groups",
    "get-task-allow",
    "inter-app-audio",
    "keychain-access-groups",
}
_EXPORT = "Export it for ad hoc, enterprise or development distribution."
_SIGN_AGAIN = (
    "Sign the app again, with everything inside of it: Xcode's export does that, `codesign --deep` does not."
)


class SignedBundle(msgspec.Struct, frozen=True):
    """The app or a bundle inside of it. ``whose`` names it in messages, ``path`` is empty for the app itself."""

    path: str
    identifier: str
    profile: Profile | None
    signature: CodeSignature | None

    @property
    def whose(self) -> str:
        return f"“{self.path}”" if self.path else "the app"

    @property
    def valid_until(self) -> dt.datetime | None:
        """When it stops working: with its profile, or with its signer's certificate if that ends sooner.

        Who signed is unknown for some; then the certificate of the profile that lasts longest counts.
        """
        ends = [self.profile.valid_until] if self.profile else []
        if self.signature and self.signature.certificate:
            ends.append(self.signature.certificate.expires)
        return min((end for end in ends if end), default=None)


def signed_bundles(info: BinaryInfo, ios: IosInfo) -> tuple[SignedBundle, ...]:
    """The app, then the bundles inside of it."""
    app = SignedBundle("", info.identifier, ios.profile, ios.signature)
    inside = (SignedBundle(b.path, b.identifier, b.profile, b.signature) for b in ios.nested if b.readable)
    return (app, *inside)


def problems(info: BinaryInfo, ios: IosInfo, now: dt.datetime) -> Iterator[Problem]:
    """Everything that speaks against an .ipa: errors, and warnings for what iOS may take."""
    return _Judge(info, ios, now).problems()


class _Judge:
    def __init__(self, info: BinaryInfo, ios: IosInfo, now: dt.datetime) -> None:
        self.info = info
        self.ios = ios
        self.now = now

    def problems(self) -> Iterator[Problem]:
        if self.info.os in _ELSEWHERE:
            yield self._problem(
                "not-for-iphone",
                f"{_ELSEWHERE[self.info.os]}; pages can install apps on iPhone and iPad only",
                "List it without an install button, or export the iOS app.",
            )
            return
        if self.info.os == "ios-simulator":
            yield self._problem(
                "simulator-build",
                "this build runs only in the simulator on a Mac",
                "Archive for a device (“Any iOS Device”) and export that.",
            )
            return
        yield from self._plain_problems()
        if self.ios.encrypted:
            yield self._problem(
                "fairplay",
                "this copy came from the App Store and is encrypted for the account that bought it",
                "Export the app from Xcode or your build server.",
            )
            return
        yield from self._signing_problems()

    def _plain_problems(self) -> Iterator[Problem]:
        if not self.ios.payload_at_root:
            yield self._problem(
                "payload-too-deep",
                f"“Payload” is inside “{self.ios.app_path.partition('/Payload/')[0]}”; iOS looks for it at the top",
                "Zip the folder “Payload” itself, not the folder around it.",
            )
        if len(self.info.identifier) == 1:
            yield self._problem(
                "identifier-odd",
                f"the identifier is a single character, “{self.info.identifier}”",
                "Check CFBundleIdentifier in the Xcode project: it is usually written like “com.example.app”.",
                "warning",
            )
        for bundle in self.ios.nested:
            yield from self._nested_problems(bundle)

    def _nested_problems(self, bundle: NestedBundle) -> Iterator[Problem]:
        """What iOS asks of a bundle whether or not it is signed."""
        if not bundle.readable:
            yield self._problem(
                "nested-incomplete",
                f"“{bundle.path}” has no Info.plist that can be read",
                "Build the app again: iOS refuses an app with a broken extension.",
            )
            return
        around = self._around(bundle)
        if around and not bundle.identifier.startswith(f"{around}."):
            yield self._problem(
                "nested-identifier",
                f"the identifier of “{bundle.path}” is “{bundle.identifier}”; it must begin with “{around}.”",
                "Rename it in the Xcode project, for tools that change the app's identifier as well.",
            )
        family = "watch" if bundle.kind == "watch-app" else None
        if bundle.device_family and family and family not in bundle.device_family:
            yield self._problem(
                "nested-device-family",
                f"“{bundle.path}” is a watch app, but its UIDeviceFamily does not say so",
                "Set its device family to 4 in the Xcode project.",
                "warning",
            )
        lost = set(self.info.device_family) - set(bundle.device_family)
        if family is None and bundle.device_family and lost and not bundle.path.startswith("Watch/"):
            yield self._problem(
                "nested-device-family",
                f"“{bundle.path}” is not for {' and '.join(sorted(lost))}, the app is",
                "Give both the same device families (UIDeviceFamily) in the Xcode project.",
                "warning",
            )

    def _around(self, bundle: NestedBundle) -> str:
        """The identifier of the bundle that this one is directly inside of."""
        outer = bundle.path.rpartition("/")[0].rpartition("/")[0]
        return next((other.identifier for other in self.ios.nested if other.path == outer), self.info.identifier)

    def _signing_problems(self) -> Iterator[Problem]:
        app, *inside = signed_bundles(self.info, self.ios)
        if not self.ios.signed:
            yield self._problem("unsigned", "the app is not signed", f"{_EXPORT} Unsigned apps run on no device.")
        if app.profile is None:
            if self.ios.signed:
                yield self._problem("no-profile", "the app has no readable provisioning profile", _EXPORT)
            return
        if app.profile.type == "app-store":
            yield self._problem(
                "store-build",
                "this build is signed for the App Store or TestFlight; those never install from a page",
                _EXPORT,
            )
            return
        if app.profile.devices == 0 and not app.profile.provisions_all_devices:
            yield self._problem("no-devices", "its profile lists no devices", "Register devices, then export again.")
        yield from self._bundle_problems(app)
        if self.ios.signed:
            nested = {bundle.path: bundle for bundle in self.ios.nested}
            for bundle in inside:
                yield from self._against_app(bundle, nested[bundle.path], app.profile)

    def _against_app(self, bundle: SignedBundle, nested: NestedBundle, app: Profile) -> Iterator[Problem]:
        """A nested bundle's signing beside the app's, then by itself."""
        if nested.signed is False:
            yield self._problem("unsigned", f"{bundle.whose} is not signed", _SIGN_AGAIN)
        profile = bundle.profile
        if profile is None:
            yield self._problem("no-profile", f"{bundle.whose} has no readable provisioning profile", _SIGN_AGAIN)
            return
        if profile.type != app.type:
            yield self._problem(
                "nested-type",
                f"the profile of {bundle.whose} is for {profile.type or 'nothing'}, that of the app for {app.type}",
                _SIGN_AGAIN,
            )
        elif not set(profile.team_ids) & set(app.team_ids) and profile.team_ids and app.team_ids:
            yield self._problem(
                "team-mismatch",
                f"{bundle.whose} is of the team {_listed(profile.team_ids)}, the app of {_listed(app.team_ids)}",
                _SIGN_AGAIN,
            )
        elif nested.missing_devices:
            yield self._problem(
                "nested-devices",
                f"the profile of {bundle.whose} lacks {nested.missing_devices:,} of the {app.devices or 0:,} devices"
                " of the app's",
                "Make that profile anew in Apple's developer portal with the same devices, then export again.",
            )
        yield from self._bundle_problems(bundle)

    def _bundle_problems(self, bundle: SignedBundle) -> Iterator[Problem]:
        """Info.plist, signature and profile of one bundle against each other, and their ends."""
        profile = bundle.profile
        assert profile is not None
        if not _covers(profile, bundle.identifier):
            its = "its profile" if not bundle.path else f"the profile of {bundle.whose}"
            yield self._problem(
                "profile-mismatch",
                f"{its} is for “{profile.app_id}”, {'the app' if not bundle.path else 'it'} is “{bundle.identifier}”",
                "Sign the app with the profile that belongs to it.",
            )
        if bundle.signature:
            yield from self._signature_problems(bundle, bundle.signature, profile)
        yield from self._ends(bundle, profile)

    def _signature_problems(
        self, bundle: SignedBundle, signature: CodeSignature, profile: Profile
    ) -> Iterator[Problem]:
        prefix, _, signed_for = signature.application_identifier.partition(".")
        if signed_for and bundle.identifier and not covers_text(signed_for, bundle.identifier):
            yield self._problem(
                "signature-mismatch",
                f"{bundle.whose} is signed as “{signature.application_identifier}”, it is “{bundle.identifier}”",
                "Sign it again after the last change of Info.plist.",
            )
        teams = {*profile.team_ids, *profile.prefixes}
        for team in (prefix, signature.team):
            if team and teams and team not in teams:
                yield self._problem(
                    "team-mismatch",
                    f"{bundle.whose} is signed by the team {team}, its profile is of {_listed(profile.team_ids)}",
                    "Sign the app with a certificate and a profile of one team.",
                )
                break
        yield from self._entitlement_problems(bundle, signature)
        certificate = signature.certificate
        if (
            certificate
            and profile.certificates
            and certificate.sha256 not in {c.sha256 for c in profile.certificates}
        ):
            yield self._problem(
                "certificate-mismatch",
                f"{bundle.whose} is signed with a certificate that its profile does not have"
                f" ({certificate.kind or 'unnamed'}, until {certificate.expires:%Y-%m-%d})",
                "Add that certificate to the profile in Apple's developer portal, or sign with one that is in it.",
            )

    def _entitlement_problems(self, bundle: SignedBundle, signature: CodeSignature) -> Iterator[Problem]:
        missing = [key for key in signature.missing_entitlements if _is_granted(key)]
        if missing:
            yield self._problem(
                "entitlement-missing",
                f"{bundle.whose} is signed for what its profile does not allow: {_listed(missing)}",
                "Switch the capability on for the identifier in Apple's developer portal and make the profile anew.",
            )
        excess = [key for key in signature.excess_entitlements if _is_granted(key)]
        if excess:
            yield self._problem(
                "entitlement-excess",
                f"{bundle.whose} is signed for other values than its profile allows: {_listed(excess)}",
                "Compare the entitlements with those of the profile: iOS may refuse the app.",
                "warning",
            )

    def _ends(self, bundle: SignedBundle, profile: Profile) -> Iterator[Problem]:
        end = bundle.valid_until
        if end is None or end > self.now:
            return
        what = "profile" if profile.expires == end else "signing certificate"
        yield self._problem(
            "expired",
            f"the {what} of {bundle.whose} expired on {end:%Y-%m-%d}",
            "Renew the profile in Apple's developer portal and build again.",
        )

    def _problem(self, code: str, message: str, hint: str, severity: Severity = "error") -> Problem:
        return Problem(code=code, message=message, hint=hint, location=Location(self.info.file), severity=severity)


def _covers(profile: Profile, identifier: str) -> bool:
    """Whether the profile's application identifier (``TEAM.com.example.*``) allows this bundle identifier."""
    pattern = profile.app_id.partition(".")[2]
    return not pattern or not identifier or covers_text(pattern, identifier)


def _is_granted(key: str) -> bool:
    return key.startswith(_GRANTED_PREFIX) or key in _GRANTED


def _listed(items: tuple[str, ...] | list[str]) -> str:
    return ", ".join(items[:5]) + (f" and {len(items) - 5} more" if len(items) > 5 else "")
