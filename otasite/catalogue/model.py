"""The complete model: what the rest of otasite reads. Defaults are filled in, dates parsed, paths checked.

Everything is immutable and serialises with msgspec, so that a cached catalogue and a fresh one are the same
values. Text that may differ by language keeps its mapping; :func:`localised` picks.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any, TypeVar

import msgspec

from otasite.catalogue.records import (
    BinaryData,
    DeviceCheckRecord,
    Extra,
    Model,
    Platform,
    ReleaseData,
    SigningType,
    Text,
    Visibility,
)
from otasite.catalogue.update_record import UpdateRecord
from otasite.facts.model import BuildFacts
from otasite.hosts.names import Host
from otasite.typed_yaml.record import Record

R = TypeVar("R", bound=Record)
_VERSION_CODE = re.compile(r"[0-9]{1,18}")


def settings_of(holder: App | Site, output: str, kind: type[R]) -> R:
    """What is said of an output, in its own terms; the defaults where nothing is said."""
    said = holder.output_settings.get(output)
    return said if isinstance(said, kind) else kind()


def shared(source: msgspec.Struct | None, target: type[msgspec.Struct]) -> dict[str, Any]:
    """The values of all fields that two types have in common, without those that say nothing (``None``)."""
    if source is None:
        return {}
    values = {name: getattr(source, name) for name in _common(type(source), target)}
    return {name: value for name, value in values.items() if value is not None}


@cache
def _common(source: type[msgspec.Struct], target: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(name for name in source.__struct_fields__ if name in target.__struct_fields__)


def localised(text: Text, language: str, fallback: str) -> str:
    """The text for ``language``, else for the site's first language ``fallback``, else whatever there is."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get(fallback) or next(iter(text.values()), "")


def in_language(value: Any, language: str, languages: tuple[str, ...]) -> Any:
    """A site's own data as pages in ``language`` see it; of ``languages`` the first is the fallback.

    Lists become tuples: nothing that one page reads can be changed by another.
    """
    if isinstance(value, dict):
        if value and value.keys() <= set(languages):
            given = next(filter(value.__contains__, (language, languages[0], *value)))
            return in_language(value[given], language, languages)
        return {key: in_language(held, language, languages) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return tuple(in_language(item, language, languages) for item in value)
    return value


class Signing(Model, frozen=True, kw_only=True):
    """What the provisioning profile of an iOS binary says."""

    type: SigningType | None = None
    team: str = ""
    team_id: str = ""
    profile: str = ""
    expires: dt.datetime | None = None
    devices: int | None = None


class MeasuredBinary(BinaryData, frozen=True, kw_only=True):
    """All that is read from a file. ``chunks`` are SHA-256 digests of each ``chunk_size`` bytes, for manifests.

    ``facts`` are what else is inside of it.
    """

    chunk_size: int | None = None
    chunks: tuple[str, ...] = ()
    signing: Signing = Signing()
    facts: BuildFacts | None = None


class Binary(MeasuredBinary, frozen=True, kw_only=True):
    """One installable file. Exactly one of ``file`` (path relative to the project root) and ``url`` is set."""

    platform: Platform
    file: str = ""
    #: Hashes of the profile's device identifiers, by which a browser can tell whether a device is in this build.
    device_check: DeviceCheckRecord | None = None
    #: It cannot be installed over the build before it.
    reinstall: bool = False

    @property
    def version_code(self) -> int | None:
        """Android's number of the build; ``None`` when ``build`` is none (“versionCode” of the manifest, 64 bits)."""
        return int(self.build) if _VERSION_CODE.fullmatch(self.build) else None


class Release(ReleaseData, frozen=True, kw_only=True):
    """One release of one app.

    ``source`` is the file that says it; ``index`` is its place in that file's ``releases:``, if it is one of several.
    """

    source: str
    index: int | None = None
    timestamp: dt.datetime
    channel: str
    notes: Text = ""
    draft: bool = False
    pinned: bool = False
    update: UpdateRecord = UpdateRecord()
    commit: str = ""
    branch: str = ""
    ios: Binary | None = None
    android: Binary | None = None
    extra: Extra = msgspec.field(default_factory=dict)

    @property
    def binaries(self) -> tuple[Binary, ...]:
        return tuple(b for b in (self.ios, self.android) if b is not None)


class Screenshot(Model, frozen=True, kw_only=True):
    file: str
    alt: Text = ""


class Links(Model, frozen=True, kw_only=True):
    app_store: str = ""
    play: str = ""
    testflight: str = ""
    website: str = ""


class BinaryStore(Model, frozen=True, kw_only=True):
    """Where binaries live that are not part of the site; ``base_url`` is "" when they are.

    ``upload`` is an S3 folder, at ``endpoint_url`` unless that is "". Addresses in a ``private`` one must be signed.
    """

    base_url: str = ""
    upload: str = ""
    endpoint_url: str = ""
    private: bool = False


class App(Model, frozen=True, kw_only=True):
    """One app with its releases, newest first (drafts and future ones included; selection is the site's).

    ``binaries`` is where its own files are uploaded to when they are not part of the site. ``outputs`` are those that
    are made for it because somebody asked, ``output_settings`` what is said of them (see :func:`settings_of`).
    """

    id: str
    source: str
    name: Text
    subtitle: Text = ""
    bundle_id: str = ""
    application_id: str = ""
    platforms: tuple[Platform, ...] = ()
    icon: str = ""
    description: Text = ""
    screenshots: tuple[Screenshot, ...] = ()
    category: str = ""
    visibility: Visibility = "public"
    links: Links = Links()
    binaries: BinaryStore = BinaryStore()
    outputs: tuple[str, ...] = ()
    output_settings: dict[str, Any] = msgspec.field(default_factory=dict)
    extra: Extra = msgspec.field(default_factory=dict)
    releases: tuple[Release, ...] = ()


class Channel(Model, frozen=True, kw_only=True):
    id: str
    title: Text
    keep: int | None = None


class Organisation(Model, frozen=True, kw_only=True):
    name: str = ""
    email: str = ""
    url: str = ""
    logo: str = ""  # path of a picture below the site's root


class FreePage(Model, frozen=True, kw_only=True):
    """One Markdown file of ``pages/``: its address is its path there without the ending.

    ``languages`` are those that have it, in the site's order; ``template`` is one of its own that makes it.
    """

    id: str
    source: str
    title: Text
    body: Text
    description: Text = ""
    order: int | None = None
    nav: bool = True
    noindex: bool = False
    languages: tuple[str, ...]
    template: str = ""


class Site(Model, frozen=True, kw_only=True):
    """``site.yaml`` with its defaults: at least one channel (the first is the default) and one language."""

    source: str
    title: Text
    description: Text = ""
    base_url: str = ""
    organisation: Organisation = Organisation()
    theme: str = "default"
    theme_options: dict[str, str] = msgspec.field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    channels: tuple[Channel, ...]
    commit_url: str = ""  # a pattern with {commit}
    branch_url: str = ""  # a pattern with {branch}
    register_url: str = ""
    noindex: bool = False
    timezone: str = ""  # IANA name
    hosting: tuple[Host, ...] = ()
    binaries: BinaryStore = BinaryStore()
    #: As it is written; see :mod:`otasite.theming.declaration`.
    files: tuple[dict[str, str], ...] = ()
    outputs: tuple[str, ...] = ()
    output_settings: dict[str, Any] = msgspec.field(default_factory=dict)
    extra: Extra = msgspec.field(default_factory=dict)

    @property
    def default_channel(self) -> Channel:
        return self.channels[0]

    @property
    def language(self) -> str:
        """The site's first language: the one at the root, and the fallback for missing texts."""
        return self.languages[0]

    def channel(self, channel_id: str) -> Channel:
        return next(channel for channel in self.channels if channel.id == channel_id)
