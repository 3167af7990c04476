"""The YAML as people write it: one struct per mapping, exactly the keys that may appear.

These types are the single source of three things: the fast conversion of a file, the walk that collects every
mistake when that fails, and the JSON Schema that editors use. Nothing here has defaults from elsewhere filled
in: :mod:`otasite.catalogue.resolve` turns records into the complete model of :mod:`otasite.catalogue.model`.

YAML never guesses here: every scalar arrives as the text that was written, and only the types below turn it
into numbers or booleans. ``version: 1.10`` stays ``"1.10"``.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta

from otasite.catalogue.update_record import UpdateRecord
from otasite.hosts.names import HOSTS
from otasite.typed_yaml.record import Record, Replaced
from otasite.typed_yaml.texts import NAME

#: Text that may be given per language: one string, or a mapping of language tag to string.
Text = str | dict[str, str]
#: ``extra:``: what themes show and otasite only hands on. A mapping whose keys are languages of the site is one value
#: for each of them.
Extra = dict[str, Any]
#: What it was called before, in every mapping that has it.
FREE_KEYS = (Replaced("x-*", "extra.*", since="0.2.0"),)
#: ``outputs:`` as it is written. What it may say, the outputs declare (:mod:`otasite.catalogue.output_choice`).
Outputs = tuple[str, ...] | dict[str, Any]

Slug = Annotated[
    str,
    Meta(
        pattern=rf"^{NAME}\Z",
        description="Letters, digits, dot, hyphen and underscore: it becomes part of an address.",
    ),
]
#: What no host has: the ends of a host, and letters that stand for one of them in another width or as one sign
#: (“：” in Japanese and Chinese texts), at which every reader of addresses gives up.
_NO_HOST = (
    r"\s/?#\[\]\u2047-\u2049\u2100\u2101\u2105\u2106\u2a74\ufe13\ufe16\ufe55\ufe56\ufe5f\ufe6b"
    r"\uff03\uff0f\uff1a\uff1f\uff20"
)
HttpsUrl = Annotated[
    str, Meta(pattern=rf"^https://[^{_NO_HOST}]+([/?#]|\Z)", description="An absolute https address.")
]
#: The name of an S3 bucket.
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
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
PLATFORMS: tuple[Platform, ...] = get_args(Platform)
Visibility = Literal["public", "unlisted", "hidden"]
SigningType = Literal["enterprise", "ad-hoc", "development", "app-store"]
DeviceFamily = Literal["iphone", "ipad", "tv", "watch", "vision", "mac"]
HostKey = Annotated[str, Meta(pattern=rf"^({'|'.join(HOSTS)})\Z", description=f"One of {', '.join(HOSTS)}.")]


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what everything but YAML is made of: defaults are filled in."""


class SigningRecord(Record, frozen=True, kw_only=True):
    """``signing:`` of an iOS binary: what its provisioning profile says.

    type: How the binary is signed; it decides what testers must do, and app-store builds are refused.
    team: Name of the team or organisation that signed it, as the phone shows it.
    team_id: Apple's identifier of the team, ten letters and digits.
    profile: Name of the provisioning profile.
    expires: When the app stops opening: its provisioning profile's end, or its signing certificate's if sooner.
    devices: How many devices the profile includes.
    """

    type: SigningType | None = None
    team: str | None = None
    team_id: str | None = None
    profile: str | None = None
    expires: DateText | None = None
    devices: Count | None = None


class DeviceCheckRecord(Record, frozen=True, kw_only=True):
    """``device_check:``: salted hashes by which a tester's browser can tell whether a device is included.

    They are PBKDF2-HMAC-SHA-256, 32 bytes in lower-case hex; the password is the UDID in the catalogue's normal form.

    salt: Random text, new for each release, that goes into each hash.
    iterations: Rounds of PBKDF2 for each hash.
    hashes: One hash (hexadecimal) for each device.
    """

    salt: str
    iterations: Positive
    hashes: tuple[str, ...]


class BinaryRecord(Record, frozen=True, kw_only=True):
    """``ios:`` or ``android:`` of a release: where the file is, and what was read from it.

    file: Path of the .ipa or .apk, from this file's folder; with a leading / from the content folder.
    url: Address of the .ipa or .apk when it is hosted elsewhere.
    identifier: Bundle identifier or application ID of this binary, when it is not the app's.
    version: Version of this binary, when it is not the release's.
    build: Build of this binary, when it is not the release's.
    size: Size of the file in bytes.
    sha256: SHA-256 digest of the whole file.
    chunk_size: Bytes in each chunk of “chunks”, 10485760 as a rule.
    chunks: SHA-256 digest of each chunk of the file; iOS checks them while it downloads.
    minimum_os: Oldest system version that can install it.
    device_family: Devices that it runs on.
    signing: What the provisioning profile says.
    device_check: Lets a tester see whether their device is included, without publishing identifiers.
    reinstall: It cannot replace the build before it (another team or key signed it); testers delete the app first.
    extra: Data of your own, for templates and catalogue.json.
    """

    REPLACED: ClassVar = FREE_KEYS

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
    reinstall: bool | None = None
    extra: Extra | None = None


class BinaryData(Model, frozen=True, kw_only=True):
    """What a binary says of itself, as pages and JSON show it: declared here, and nowhere again.

    The model, what is read from files, the view of templates and the JSON extend it: a new field is in all of them.
    It stands beside its record, in which every key may be left out, for ``defaults:``.
    """

    #: Absolute https address.
    url: str = ""
    #: Bundle identifier (iOS) or application ID (Android).
    identifier: str = ""
    version: str = ""
    build: str = ""
    #: Bytes.
    size: int | None = None
    #: Hexadecimal, lower case.
    sha256: str = ""
    #: The oldest system that can install it, such as 16.4.
    minimum_os: str = ""
    #: iphone, ipad, tv, watch, vision, mac; empty when it does not say.
    device_family: tuple[str, ...] = ()
    #: Data of the site's own.
    extra: Extra = msgspec.field(default_factory=dict)


class ReleaseDefaultsRecord(Record, frozen=True, kw_only=True):
    """``defaults:`` of an app: everything a release can say, said once for all of them.

    version: Version that people see, such as 2.14.0.
    build: Build number; together with the version it makes the release's address.
    date: When it was released; a date in the future hides it until then.
    channel: Channel of site.yaml that it belongs to; without one the site's first channel.
    notes: What is new, in Markdown; or write it into <release>.md beside the release's file.
    draft: Leave it out of the site until this is false or removed.
    pinned: Keep it when older releases of its channel are left out.
    update: What apps that look for updates by themselves are told of it.
    commit: Commit that it was built from.
    branch: Branch that it was built from.
    ios: The .ipa for iPhone and iPad.
    android: The .apk for Android.
    extra: Data of your own, for templates and catalogue.json; taken key by key from “defaults:”.
    """

    REPLACED: ClassVar = FREE_KEYS

    version: str | None = None
    build: str | None = None
    date: DateText | None = None
    channel: Slug | None = None
    notes: Text | None = None
    draft: bool | None = None
    pinned: bool | None = None
    update: UpdateRecord | None = None
    commit: str | None = None
    branch: str | None = None
    ios: BinaryRecord | None = None
    android: BinaryRecord | None = None
    extra: Extra | None = None


class ReleaseRecord(ReleaseDefaultsRecord, frozen=True, kw_only=True):
    """One release: a file in ``releases/``, or one item of ``releases:`` in the app's file.

    id: Its name in addresses, when it should not be <version>-<build>.
    """

    id: Slug | None = None


class ReleaseData(Model, frozen=True, kw_only=True):
    """What every list of releases says. ``id`` is its address (``<version>-<build>``), unique within the app.

    ``date`` is ISO 8601, with or without a time.
    """

    id: str
    version: str
    build: str
    date: str


class ScreenshotRecord(Record, frozen=True, kw_only=True):
    """One screenshot with the words that describe it to people who do not see it.

    file: Path of the picture, from this file's folder.
    alt: What the picture shows, for people who do not see it.
    """

    file: str
    alt: Text | None = None


class LinksRecord(Record, frozen=True, kw_only=True):
    """Other places where people find the app.

    app_store: The app in the App Store.
    play: The app in Google Play.
    testflight: The app's public TestFlight invitation.
    website: The app's own website.
    """

    app_store: HttpsUrl | None = None
    play: HttpsUrl | None = None
    testflight: HttpsUrl | None = None
    website: HttpsUrl | None = None


class BinariesRecord(Record, frozen=True, kw_only=True):
    """``binaries:``: binaries named by ``file:`` live there, and not in the site itself.

    base_url: The https address of the folder that holds the binaries, such as a bucket or a GitHub release.
    upload: Folder in a bucket (s3://bucket/folder) where otasite deploy puts them; a GitHub release needs none.
    endpoint_url: Address of the store that has the bucket, when it is not Amazon's (R2, MinIO).
    private: Whether the bucket is private; otasite deploy then signs their addresses, for seven days at most.
    """

    base_url: Annotated[
        str,
        Meta(
            pattern=rf"^https://[^{_NO_HOST}@]+(/[^\s?#]*)?\Z",
            description="An absolute https address without a query.",
        ),
    ]
    upload: Annotated[str, Meta(pattern=rf"^s3://{BUCKET}(/\S*)?\Z", description="s3://bucket/folder.")] | None = None
    endpoint_url: HttpsUrl | None = None
    private: bool | None = None


class AppRecord(Record, frozen=True, kw_only=True):
    """``apps/<app>/app.yaml`` or ``apps/<app>.yaml``.

    name: Name of the app; one text, or one for each language.
    subtitle: A few words below the name; iOS shows them as the developer's name.
    bundle_id: Bundle identifier of the iOS app, such as com.example.notes; it must be the binary's.
    application_id: Application ID of the Android app, such as com.example.notes.
    platforms: Platforms it is made for; without them, those of its releases.
    icon: Path of a square picture, 1024 pixels wide at best, from this file's folder.
    description: What the app does, in Markdown.
    screenshots: Pictures of the app, as paths from this file's folder.
    category: Group on the index page, in your own words.
    visibility: Whether the index lists it: public; unlisted has pages but no link to them; hidden has none.
    links: Other places where people find the app.
    binaries: Where this app's binaries live, when it is not where the site says.
    outputs: What is published of it besides pages, when it is not what the site says.
    defaults: What its releases have in common, said once.
    releases: The releases, when they have no files of their own.
    extra: Data of your own, for templates and catalogue.json.
    """

    REPLACED: ClassVar = FREE_KEYS

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
    binaries: BinariesRecord | None = None
    outputs: Outputs | None = None
    defaults: ReleaseDefaultsRecord | None = None
    releases: tuple[ReleaseRecord, ...] | None = None
    extra: Extra | None = None
