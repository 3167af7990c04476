"""The YAML as people write it: one struct per mapping, exactly the keys that may appear.

These types are the single source of three things: the fast conversion of a file, the walk that collects every
mistake when that fails, and the JSON Schema that editors use. Nothing here has defaults from elsewhere filled
in: :mod:`otasite.catalogue.resolve` turns records into the complete model of :mod:`otasite.catalogue.model`.

YAML never guesses here: every scalar arrives as the text that was written, and only the types below turn it
into numbers or booleans. ``version: 1.10`` stays ``"1.10"``.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

#: Text that may be given per language: one string, or a mapping of language tag to string.
Text = str | dict[str, str]

Slug = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
        description="Letters, digits, dot, hyphen and underscore: it becomes part of an address.",
    ),
]
HttpsUrl = Annotated[str, Meta(pattern=r"^https://[^\s/]+", description="An absolute https address.")]
DateText = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?)?\Z",
        description="A date (2026-03-31) or a date and time (2026-03-31T09:30:00Z).",
    ),
]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="A SHA-256 digest, 64 lower-case hex digits.")]
OsVersion = Annotated[str, Meta(pattern=r"^\d+(\.\d+)*\Z", description="An operating system version such as 16.4.")]
Positive = Annotated[int, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]

Platform = Literal["ios", "android"]
Visibility = Literal["public", "unlisted", "hidden"]
SigningType = Literal["enterprise", "ad-hoc", "development", "app-store"]
DeviceFamily = Literal["iphone", "ipad", "tv", "watch", "vision", "mac"]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all records: immutable, and an unknown key is a mistake. Keys that start with ``x-`` are free."""


class SigningRecord(Record, frozen=True, kw_only=True):
    """``signing:`` of an iOS binary: what its provisioning profile says."""

    type: SigningType | None = None
    team: str | None = None
    team_id: str | None = None
    profile: str | None = None
    expires: DateText | None = None
    devices: Count | None = None


class DeviceCheckRecord(Record, frozen=True, kw_only=True):
    """``device_check:``: salted hashes by which a tester's browser can tell whether a device is included."""

    salt: str
    iterations: Positive
    hashes: tuple[str, ...]


class BinaryRecord(Record, frozen=True, kw_only=True):
    """``ios:`` or ``android:`` of a release: where the file is, and what was read from it."""

    file: str | None = None
    url: HttpsUrl | None = None
    identifier: str | None = None
    version: str | None = None
    build: str | None = None
    size: Positive | None = None
    sha256: Sha256 | None = None
    chunk_size: Positive | None = None
    chunks: tuple[Sha256, ...] | None = None
    minimum_os: OsVersion | None = None
    device_family: tuple[DeviceFamily, ...] | None = None
    signing: SigningRecord | None = None
    device_check: DeviceCheckRecord | None = None


class ReleaseDefaultsRecord(Record, frozen=True, kw_only=True):
    """``defaults:`` of an app: everything a release can say, said once for all of them."""

    version: str | None = None
    build: str | None = None
    date: DateText | None = None
    channel: Slug | None = None
    notes: Text | None = None
    draft: bool | None = None
    pinned: bool | None = None
    commit: str | None = None
    branch: str | None = None
    ios: BinaryRecord | None = None
    android: BinaryRecord | None = None


class ReleaseRecord(ReleaseDefaultsRecord, frozen=True, kw_only=True):
    """One release: a file in ``releases/``, or one item of ``releases:`` in the app's file."""

    id: Slug | None = None


class ScreenshotRecord(Record, frozen=True, kw_only=True):
    """One screenshot with the words that describe it to people who do not see it."""

    file: str
    alt: Text | None = None


class LinksRecord(Record, frozen=True, kw_only=True):
    """Other places where people find the app."""

    app_store: HttpsUrl | None = None
    play: HttpsUrl | None = None
    testflight: HttpsUrl | None = None
    website: HttpsUrl | None = None


class AppRecord(Record, frozen=True, kw_only=True):
    """``apps/<app>/app.yaml`` or ``apps/<app>.yaml``."""

    name: Text
    subtitle: Text | None = None
    bundle_id: str | None = None
    application_id: str | None = None
    platforms: tuple[Platform, ...] | None = None
    icon: str | None = None
    description: Text | None = None
    screenshots: tuple[str | ScreenshotRecord, ...] | None = None
    category: str | None = None
    visibility: Visibility | None = None
    links: LinksRecord | None = None
    defaults: ReleaseDefaultsRecord | None = None
    releases: tuple[ReleaseRecord, ...] | None = None


class ContactRecord(Record, frozen=True, kw_only=True):
    """How a tester reaches a person who can help."""

    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\Z")] | None = None
    url: HttpsUrl | None = None


class OrganisationRecord(Record, frozen=True, kw_only=True):
    """Who distributes these apps."""

    name: str | None = None
    contact: ContactRecord | None = None


class ChannelRecord(Record, frozen=True, kw_only=True):
    """One channel: a line of releases that people follow, such as stable or beta."""

    title: Text | None = None
    default: bool | None = None
    keep: Positive | None = None


class ThemeRecord(Record, frozen=True, kw_only=True):
    """``theme:`` with options; the options themselves are declared by the theme's ``theme.yaml``."""

    name: Slug | None = None
    options: dict[str, str] | None = None


class SourceCodeRecord(Record, frozen=True, kw_only=True):
    """``source_code:``: where commits and branches of releases can be read, with ``{commit}`` and ``{branch}``."""

    commit_url: Annotated[str, Meta(pattern=r"^https://.*\{commit\}", description="With {commit}.")] | None = None
    branch_url: Annotated[str, Meta(pattern=r"^https://.*\{branch\}", description="With {branch}.")] | None = None


class SiteRecord(Record, frozen=True, kw_only=True):
    """``site.yaml``."""

    title: Text
    description: Text | None = None
    base_url: str | None = None
    organisation: OrganisationRecord | None = None
    theme: Slug | ThemeRecord | None = None
    languages: tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2})?\Z")], ...] | None = None
    channels: dict[str, ChannelRecord] | None = None
    source_code: SourceCodeRecord | None = None
    register_url: HttpsUrl | None = None
