"""Provisioning profiles: who may install an app, and until when.

An ``embedded.mobileprovision`` is a signed message (CMS, DER) around an XML property list. Real ones are also met
as the bare list, as a binary list, and with damaged wrapping; a profile is read whenever its list can be found.
Its signature is not checked: the device does that, against Apple's certificates.

The list of registered devices is personal data. It leaves this module as a number, or through
:func:`device_identifiers` for hashing (:mod:`otasite.binaries.device_check`), never otherwise.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from otasite.binaries import plists
from otasite.binaries.info import Certificate, Profile, SigningType

#: Bytes of a profile. 500 devices make about 40 KiB; certificates another 10.
MAX_PROFILE_BYTES = 4 * 2**20
#: Certificates that are looked at; teams have at most a few dozen.
MAX_CERTIFICATES = 200

Container = Literal["cms", "slice", "plist"]


def read_profile(data: bytes) -> Profile:
    """What a profile says. Raises :class:`otasite.binaries.plists.Unreadable` when no list can be found in it."""
    values, container = _values(data)
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


def profile_entitlements(data: bytes) -> dict[str, Any]:
    """The entitlements a profile allows; raises Unreadable as read_profile() does."""
    return plists.mapping(_values(data)[0], "Entitlements")


def device_identifiers(data: bytes) -> tuple[str, ...]:
    """The registered devices, for hashing only: personal data that must not be shown, stored or logged."""
    return plists.texts(_values(data)[0], "ProvisionedDevices")


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


def _values(data: bytes) -> tuple[dict[str, Any], Container]:
    """The property list in a profile, and how it was found: as signed content, cut out of bytes, or bare."""
    if data.lstrip()[:1] == b"<" or data.startswith(b"bplist00"):
        return plists.load_tolerant(data), "plist"
    content = _signed_content(data)
    if content is not None:
        try:
            return plists.load_tolerant(content), "cms"
        except plists.Unreadable:
            pass  # the wrapping may be misread where the list inside is whole: look for it below
    return plists.load_tolerant(_slice(data)), "slice"


def _signed_content(data: bytes) -> bytes | None:
    from asn1crypto import cms

    try:
        message = cms.ContentInfo.load(data)
        if message["content_type"].native != "signed_data":
            return None
        content = message["content"]["encap_content_info"]["content"].native
    except Exception:  # asn1crypto raises several types for bytes that are no DER: then there is no message
        return None
    return content if isinstance(content, bytes) else None


def _slice(data: bytes) -> bytes:
    start = max(data.find(b"<?xml"), 0) or data.find(b"<plist")
    end = data.rfind(b"</plist>")
    if start < 0 or end < start:
        raise plists.Unreadable("it holds no property list")
    return data[start : end + len(b"</plist>")]


def _certificates(values: object) -> tuple[Certificate, ...]:
    if not isinstance(values, list):
        return ()
    found = (_certificate(der) for der in values[:MAX_CERTIFICATES] if isinstance(der, bytes))
    return tuple(certificate for certificate in found if certificate is not None)


def _certificate(der: bytes) -> Certificate | None:
    """One certificate, or None for bytes that are none: a broken one does not make a profile useless."""
    from asn1crypto import x509

    try:
        certificate = x509.Certificate.load(der)
        names = certificate.subject.native
        expires = certificate.not_valid_after
    except Exception:  # as above
        return None
    name = names.get("common_name", "") if isinstance(names, dict) else ""
    kind = (name if isinstance(name, str) else str(name[0])).partition(":")[0]
    return Certificate(kind=kind, expires=expires, sha256=hashlib.sha256(der).hexdigest())
