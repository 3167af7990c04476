"""Provisioning profiles: who may install an app, and until when.

An ``embedded.mobileprovision`` is a signed message (CMS, DER) around an XML property list. Real ones are also met
as the bare list, as a binary list, and with damaged wrapping; a profile is read whenever its list can be found.
Its signature is not checked: the device does that, against Apple's certificates.

The list of registered devices is personal data. Facts have its length. The list itself is in
:class:`OpenedProfile`, for hashing (:mod:`otasite.binaries.device_check`) and for comparing two profiles.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from otasite.binaries import plists
from otasite.binaries.budget import Budget
from otasite.binaries.certificates import read_certificate, read_message
from otasite.binaries.info import Certificate, Profile, SigningType
from otasite.binaries.unreadable import Unreadable

#: Bytes of a profile. 500 devices make about 40 KiB; certificates another 10.
MAX_PROFILE_BYTES = 2**20
#: Certificates that are looked at; teams have at most a few dozen.
MAX_CERTIFICATES = 200
#: Registered devices. Apple allows 100 of each kind of device and year; old teams have some hundreds.
MAX_DEVICES = 10_000

Container = Literal["cms", "slice", "plist"]

#: Every profile has these; one of them will do, since damaged and shortened ones are met.
_PROFILE_KEYS = {"UUID", "ExpirationDate", "TeamIdentifier", "ApplicationIdentifierPrefix", "DeveloperCertificates"}


class OpenedProfile(msgspec.Struct, frozen=True):
    """A profile with what must not be shown: ``devices`` are personal data, for hashing and comparing only."""

    facts: Profile
    entitlements: dict[str, Any]
    devices: frozenset[str]


def read_profile(data: bytes) -> Profile:
    """What a profile says. Raises :class:`~otasite.binaries.unreadable.Unreadable` for bytes that are none."""
    return open_profile(data).facts


def open_profile(data: bytes, budget: Budget | None = None) -> OpenedProfile:
    """As :func:`read_profile`, with entitlements and devices.

    ``budget`` is that of the binary's property lists, for a profile inside of one.
    """
    values, container = _values(data, budget or plists.new_budget())
    if not isinstance(values.get("Entitlements"), dict) or not _PROFILE_KEYS & values.keys():
        raise Unreadable("it is a property list, but no profile")
    devices = plists.texts(values, "ProvisionedDevices")
    if len(devices) > MAX_DEVICES:
        raise Unreadable(f"it lists more than {MAX_DEVICES:,} devices")
    return OpenedProfile(
        facts=_facts(values, container),
        entitlements=plists.mapping(values, "Entitlements"),
        devices=frozenset(devices),
    )


def _facts(values: dict[str, Any], container: Container) -> Profile:
    entitlements = plists.mapping(values, "Entitlements")
    devices = values.get("ProvisionedDevices")
    everyone = plists.flag(values, "ProvisionsAllDevices")
    platforms = plists.texts(values, "Platform")
    debuggable = plists.flag(entitlements, "get-task-allow")
    return Profile(
        type=signing_type(
            everyone=everyone,
            has_devices=isinstance(devices, list),
            debuggable=debuggable,
            platforms=platforms,
        ),
        name=plists.text(values, "Name"),
        uuid=plists.text(values, "UUID"),
        app_id=plists.text(entitlements, "application-identifier")
        or plists.text(entitlements, "com.apple.application-identifier"),
        app_id_name=plists.text(values, "AppIDName"),
        team=plists.text(values, "TeamName"),
        team_ids=plists.texts(values, "TeamIdentifier"),
        prefixes=plists.texts(values, "ApplicationIdentifierPrefix"),
        platforms=platforms,
        created=plists.moment(values, "CreationDate"),
        expires=plists.moment(values, "ExpirationDate"),
        devices=len(devices) if isinstance(devices, list) else None,
        provisions_all_devices=everyone,
        get_task_allow=debuggable,
        beta_reports_active=plists.flag(entitlements, "beta-reports-active"),
        xcode_managed=plists.flag(values, "IsXcodeManaged"),
        certificates=_certificates(values.get("DeveloperCertificates")),
        container=container,
    )


def signing_type(
    *, everyone: bool, has_devices: bool, debuggable: bool, platforms: tuple[str, ...]
) -> SigningType | None:
    """The kind of distribution, by the keys Apple's Developer Portal puts into each kind of profile.

    A macOS development profile has devices but lacks ``get-task-allow``: there the platform decides.
    """
    if everyone:
        return "enterprise"
    if has_devices:
        return "development" if debuggable or platforms == ("OSX",) else "ad-hoc"
    return "app-store"


def _values(data: bytes, budget: Budget) -> tuple[dict[str, Any], Container]:
    """The property list in a profile, and how it was found: as signed content, cut out of bytes, or bare."""
    if data.lstrip()[:1] == b"<" or data.startswith(b"bplist00"):
        return plists.load_tolerant(data, budget), "plist"
    message = read_message(data)
    if message is not None and message.content is not None:
        try:
            return plists.load_tolerant(message.content, budget), "cms"
        except Unreadable:
            pass  # the wrapping may be misread where the list inside is whole: look for it below
    return plists.load_tolerant(_slice(data), budget), "slice"


def _slice(data: bytes) -> bytes:
    start = max(data.find(b"<?xml"), 0) or data.find(b"<plist")
    end = data.rfind(b"</plist>")
    if start < 0 or end < start:
        raise Unreadable("it holds no property list")
    return data[start : end + len(b"</plist>")]


def _certificates(values: object) -> tuple[Certificate, ...]:
    if not isinstance(values, list):
        return ()
    found = (read_certificate(der) for der in values[:MAX_CERTIFICATES] if isinstance(der, bytes))
    return tuple(certificate for certificate in found if certificate is not None)


# What a signature claims against what a profile allows. The forms are those that Apple's portal writes into profiles:
# “*” for anything, “TEAM.*” for anything that begins so, a list for any of its items (Apple, Technical Note TN3125,
# “Inside Code Signing: Provisioning Profiles”).


def missing_entitlements(allowed: dict[str, Any], signed: dict[str, Any]) -> tuple[str, ...]:
    """Keys that were signed and that the profile does not have at all. One that is switched off claims nothing."""
    return tuple(sorted(key for key, value in signed.items() if _claims(value) and key not in allowed))


def excess_entitlements(allowed: dict[str, Any], signed: dict[str, Any]) -> tuple[str, ...]:
    """Keys that the profile has, but not for the value that was signed."""
    return tuple(
        sorted(
            key
            for key, value in signed.items()
            if _claims(value) and key in allowed and not _covers(allowed[key], value)
        )
    )


def covers_text(pattern: str, value: str) -> bool:
    """Whether ``value`` is the pattern, or begins with what stands before its final ``*``."""
    return value == pattern or (pattern.endswith("*") and value.startswith(pattern[:-1]))


def _claims(value: object) -> bool:
    return value is not False and value != [] and value != ""


def _covers(allowed: object, value: object) -> bool:
    if isinstance(value, list):
        return all(_covers(allowed, item) for item in value)
    if isinstance(allowed, list):
        return any(_covers(item, value) for item in allowed)
    if isinstance(allowed, str):
        return (isinstance(value, str) and covers_text(allowed, value)) or allowed == "*"
    return bool(allowed == value)
