"""The facts of a build: what is inside of an .ipa or .apk beyond what installing it needs.

They are read from the binary (:mod:`otasite.binaries`), kept beside a release's YAML (``<release>.facts.json``),
shown on pages, published as JSON and compared. The types are the format of both files. Nothing in them names a
person, a device or a place on a disk; lists are sorted, so that the same binary makes the same bytes everywhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal, get_args

import msgspec

#: How Android protects a permission: ``normal`` is granted unasked, ``dangerous`` is asked for, ``special`` has a
#: switch in the settings, ``signature`` is for the system and its kin, ``unknown`` is another app's own.
Level = Literal["normal", "dangerous", "special", "signature", "unknown"]
#: What an entitlement is granted with.
Entitlement = bool | int | str | tuple[str, ...]
LibraryKind = Literal["framework", "dynamic-library", "native-library", "library"]
#: Where in an app its bytes are: ``program`` is its own code, ``frameworks`` are libraries of every kind.
Place = Literal["program", "frameworks", "extensions", "assets", "resources", "localisations", "other"]
PLACES: Final[tuple[Place, ...]] = get_args(Place)


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all facts: what a binary does not say is left out of the JSON."""


class Permission(Fact, frozen=True, kw_only=True):
    """A permission that an APK declares; ``until_sdk`` is the last API level that it is meant for, 0 for all."""

    name: str
    level: Level = "unknown"
    until_sdk: int = 0


class UsageDescription(Fact, frozen=True, kw_only=True):
    """What iOS shows when the app first uses something private (``NSCameraUsageDescription``), by language."""

    key: str
    text: str = ""
    texts: dict[str, str] = {}


class Library(Fact, frozen=True, kw_only=True):
    """A library in the app. ``abis`` are those of an Android native library; ``size`` is in bytes, unpacked."""

    name: str
    kind: LibraryKind
    version: str = ""
    abis: tuple[str, ...] = ()
    size: int = 0


class Part(Fact, frozen=True, kw_only=True):
    """An extension, watch app or App Clip. ``usage`` are its own texts for what is private, by key."""

    kind: Literal["extension", "watch-app", "app-clip"]
    identifier: str = ""
    name: str = ""
    extension_point: str = ""
    minimum_os: str = ""
    usage: dict[str, str] = {}
    entitlements: dict[str, Entitlement] = {}


class CollectedData(Fact, frozen=True, kw_only=True):
    """One kind of data that a privacy manifest says is collected, in Apple's words without their prefix."""

    type: str
    linked: bool = False
    tracking: bool = False
    purposes: tuple[str, ...] = ()


class RequiredReason(Fact, frozen=True, kw_only=True):
    """A category of APIs that Apple wants a reason for, with the reasons given."""

    category: str
    reasons: tuple[str, ...] = ()


class Privacy(Fact, frozen=True, kw_only=True):
    """All ``PrivacyInfo.xcprivacy`` files of an app together; ``own`` says whether the app itself has one."""

    own: bool = False
    tracking: bool = False
    tracking_domains: tuple[str, ...] = ()
    collected: tuple[CollectedData, ...] = ()
    apis: tuple[RequiredReason, ...] = ()


class Signer(Fact, frozen=True, kw_only=True):
    """The certificate that signed a build. ``sha256`` is the digest of the whole of it (DER), lower-case hex.

    ``kind`` is the part of its name before the colon (“Apple Distribution”), "" on Android; ``team`` is Apple's
    identifier. ``debug`` is the key that every Android SDK makes for itself. ``lineage`` are the certificates that it
    replaced (SHA-256, oldest first).
    """

    sha256: str
    kind: str = ""
    team: str = ""
    expires: dt.datetime | None = None
    debug: bool = False
    lineage: tuple[str, ...] = ()


class BuildFacts(Fact, frozen=True, kw_only=True):
    """Everything about one binary. ``sha256`` is that of the file, and tells to which binary these facts belong.

    Sizes are in bytes, ``sizes`` unpacked; ``installed_size`` is about what it takes on a device. ``min_sdk`` and
    ``target_sdk`` are Android's API levels, ``sdk`` is what it was built with. ``features`` are hardware and software
    that a device must have. ``services`` are ways to watch or control the device: accessibility,
    notification-listener, device-admin. ``modes`` are what it may do in the background. ``api_categories`` are those
    of Apple's required-reason APIs that its symbols use. ``encryption`` is what it declares for export
    (``ITSAppUsesNonExemptEncryption``), None for nothing.
    """

    sha256: str = ""
    identifier: str = ""
    version: str = ""
    build: str = ""
    download_size: int = 0
    installed_size: int = 0
    sizes: dict[Place, int] = {}
    minimum_os: str = ""
    min_sdk: int = 0
    target_sdk: int = 0
    sdk: str = ""
    build_tools: dict[str, str] = {}
    architectures: tuple[str, ...] = ()
    device_family: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    usage: tuple[UsageDescription, ...] = ()
    services: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    entitlements: dict[str, Entitlement] = {}
    url_schemes: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()
    parts: tuple[Part, ...] = ()
    privacy: Privacy | None = None
    api_categories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    encryption: bool | None = None
    debuggable: bool = False
    signers: tuple[Signer, ...] = ()

    @property
    def signer(self) -> Signer | None:
        """The certificate that counts: on Android that of the newest scheme."""
        return self.signers[0] if self.signers else None


class ReleaseFacts(Fact, frozen=True, kw_only=True):
    """``<release>.facts.json``: what is known of a release's binaries."""

    schema: int = 1
    ios: BuildFacts | None = None
    android: BuildFacts | None = None
