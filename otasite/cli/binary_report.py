"""What a binary says, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from otasite.binaries.icons import IconSearch
from otasite.binaries.info import AndroidInfo, BinaryInfo, IosInfo, OperatingSystem, Profile
from otasite.binaries.verdict import Verdict
from otasite.cli.terminal import Line, styled
from otasite.sizes import size_text

_SYSTEMS: dict[OperatingSystem, str] = {
    "ios": "iOS",
    "ios-simulator": "iOS simulator",
    "tvos": "tvOS",
    "watchos": "watchOS",
    "visionos": "visionOS",
    "macos": "macOS",
    "android": "Android",
    "unknown": "unknown",
}
_FAMILIES = {
    "iphone": "iPhone",
    "ipad": "iPad",
    "tv": "Apple TV",
    "watch": "Apple Watch",
    "vision": "Apple Vision",
    "mac": "Mac",
}
_LABEL_WIDTH = 16

Row = tuple[str, str]


class IconFound(msgspec.Struct, frozen=True, kw_only=True):
    """The icon's file in the binary, and its size in pixels."""

    source: str
    width: int
    height: int


class Inspected(BinaryInfo, frozen=True, kw_only=True):
    """What ``otasite inspect --json`` prints: all that the file says, what that means, and its icon."""

    verdict: Verdict
    icon: IconFound | None
    icon_notes: tuple[str, ...]


def inspected(info: BinaryInfo, verdict: Verdict, icon: IconSearch) -> Inspected:
    """The facts, the verdict and the icon as one value."""
    found = icon.icon
    said = {name: getattr(info, name) for name in info.__struct_fields__}
    shown = IconFound(source=found.source, width=found.width, height=found.height) if found else None
    return Inspected(**said, verdict=verdict, icon=shown, icon_notes=icon.notes)


def report_lines(info: BinaryInfo, verdict: Verdict, icon: IconSearch) -> Iterator[Line]:
    """The same for people: what it is, the verdict, then everything else by subject."""
    yield [styled(f"{info.name} {info.version} ({info.build})", "bold")]
    yield from verdict_lines(verdict)
    yield from _block(_common_rows(info, icon))
    if info.ios:
        yield from _block(_profile_rows(info.ios.profile))
        yield from _block(_ios_rows(info.ios))
    if info.android:
        yield from _block(_android_rows(info.android))
    yield []


def verdict_lines(verdict: Verdict) -> Iterator[Line]:
    """One line when people can install it, else one for each reason why not, with what to do."""
    if verdict.installable:
        until = f", until {verdict.until:%Y-%m-%d}" if verdict.until else ""
        yield [styled("can be installed from a page", "green"), f": by {_audience(verdict)}{until}"]
        return
    yield [styled("cannot be installed from a page:", "red")]
    for reason in verdict.reasons:
        yield [f"  - {reason.message} ", styled(f"[{reason.code}]", "dim")]
        if reason.hint:
            yield [f"    {reason.hint}"]


def _audience(verdict: Verdict) -> str:
    if verdict.audience == "registered-devices":
        return f"{verdict.devices} registered device{'' if verdict.devices == 1 else 's'}"
    return {"organisation": "everyone in the organisation", "anyone": "anyone"}[verdict.audience]


def _block(rows: Iterable[Row]) -> Iterator[Line]:
    """An empty line, then the rows that have a value; nothing when none has."""
    shown = [row for row in rows if row[1]]
    if shown:
        yield []
        yield from ([f"  {label.ljust(_LABEL_WIDTH)}{value}"] for label, value in shown)


def _common_rows(info: BinaryInfo, icon: IconSearch) -> Iterator[Row]:
    yield "identifier", info.identifier
    yield "system", _SYSTEMS[info.os] + (f" {info.minimum_os} or newer" if info.minimum_os else "")
    yield "devices", ", ".join(_FAMILIES[family] for family in info.device_family)
    yield "architectures", ", ".join(info.architectures)
    found = icon.icon
    yield "icon", f"{found.width} × {found.height}, {found.source}" if found else "none"
    for note in icon.notes:
        yield "", note
    yield "size", f"{info.size:,} bytes ({size_text(info.size)})"
    yield "sha256", info.sha256
    yield "taken from", f"“{info.taken_out}” inside of the file" if info.taken_out else ""
    yield "archive", f"{info.archive_entries:,} entries" + "".join(f", {note}" for note in info.archive_notes)


def _profile_rows(profile: Profile | None) -> Iterator[Row]:
    if profile is None:
        return
    yield "signing", profile.type or ""
    yield "team", _with_ids(profile.team, profile.team_ids)
    yield "profile", _with_ids(profile.name, (profile.uuid,))
    yield "app ID", profile.app_id
    yield "made", f"{profile.created:%Y-%m-%d}" if profile.created else ""
    yield "expires", f"{profile.expires:%Y-%m-%d}" if profile.expires else ""
    for certificate in profile.certificates:
        yield "certificate", f"{certificate.kind}, until {certificate.expires:%Y-%m-%d}"
    yield "registered", "" if profile.devices is None else f"{profile.devices:,} devices"


def _with_ids(name: str, identifiers: Iterable[str]) -> str:
    shown = ", ".join(identifier for identifier in identifiers if identifier)
    return f"{name} ({shown})" if name and shown else name or shown


def _ios_rows(ios: IosInfo) -> Iterator[Row]:
    yield "SDK", " ".join(part for part in (ios.sdk, f"(Xcode {ios.xcode})" if ios.xcode else "") if part)
    yield "other names", ", ".join(f"{language}: {name}" for language, name in ios.localized_names.items())
    if entitlements := ios.entitlements:
        yield "push", entitlements.push_environment
        yield "domains", ", ".join(entitlements.associated_domains)
        yield "app groups", ", ".join(entitlements.app_groups)
    for bundle in ios.nested:
        expires = bundle.profile.expires if bundle.profile else None
        until = f", until {expires:%Y-%m-%d}" if expires else ""
        yield bundle.kind, f"{bundle.identifier or bundle.path} ({bundle.extension_point or bundle.path}){until}"
    yield "frameworks", f"{ios.frameworks:,}" if ios.frameworks else ""
    yield "icons missing", ", ".join(ios.icon_names_without_file)


def _android_rows(android: AndroidInfo) -> Iterator[Row]:
    yield "SDK", f"{android.min_sdk or 1} to {android.target_sdk or android.min_sdk or 1}"
    yield "signatures", ", ".join(android.signature_schemes)
    for signer in android.signers:
        yield "signer", f"{signer.subject}{' (debug key)' if signer.debug else ''}"
        yield "", f"sha256 {signer.sha256}"
    yield "debuggable", "yes" if android.debuggable else ""
