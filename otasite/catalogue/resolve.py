"""From records to the model: defaults filled in, dates parsed, and every rule that one app's files must keep.

Rules report through :class:`Findings`; positions are looked up only for what is wrong.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import partial
from hashlib import blake2b
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from otasite.catalogue.field_rules import (
    ENDINGS,
    LONGEST_NAME,
    Look,
    check_expanded,
    check_identifier,
    check_length,
    path_within,
)
from otasite.catalogue.model import Binary, Channel, Release, Signing, shared
from otasite.catalogue.own_data import OwnData
from otasite.catalogue.records import (
    BinaryRecord,
    Platform,
    ReleaseDefaultsRecord,
    ReleaseRecord,
    SigningRecord,
    Text,
)
from otasite.problems import Findings, suggest
from otasite.typed_yaml.reading import Where
from otasite.typed_yaml.record import Record

R = TypeVar("R", bound=Record)

_UNSAFE_IN_ADDRESS = re.compile(r"[^A-Za-z0-9._-]+")


def merge(record: R, defaults: Record) -> R:
    """``record`` with what it leaves out taken from ``defaults``, at every depth; of free data key by key."""
    changes: dict[str, object] = {}
    for name in defaults.__struct_fields__:
        own, default = getattr(record, name), getattr(defaults, name)
        if own is None:
            if default is not None:
                changes[name] = default
        elif isinstance(own, Record) and isinstance(default, Record):
            changes[name] = merge(own, default)
        elif name == "extra" and default is not None:
            changes[name] = default | own
    return msgspec.structs.replace(record, **changes) if changes else record


def address_part(text: str) -> str:
    """``text`` as one part of an address: only ``[A-Za-z0-9._-]``, so raw and encoded forms are the same."""
    return _UNSAFE_IN_ADDRESS.sub("-", text).strip(".") or "-"


def release_id(version: str, build: str) -> str:
    """A release's name in addresses. With letters of other scripts it ends in a digest, so that no two become one."""
    text = f"{version}-{build}"
    if text.isascii():
        return address_part(text)
    name = address_part(unicodedata.normalize("NFKC", text)).strip("-")  # digits of full width are digits
    return f"{name}-{blake2b(text.encode('utf-8', 'replace'), digest_size=3).hexdigest()}".lstrip("-")


class NoZone(ValueError):
    """A time of day without a zone is another moment in every place."""


def parse_date(text: str, zone: str = "") -> dt.datetime:
    """A date, or a date and time, as an aware UTC moment; a date begins with its day in UTC.

    A time that does not say its zone is one of ``zone`` (by its IANA name). Raises ``ValueError``, without any zone
    :class:`NoZone`.
    """
    moment = dt.datetime.fromisoformat(text.replace("z", "Z"))
    if moment.tzinfo is not None:
        return moment.astimezone(dt.UTC)
    if len(text) > len("2026-03-31"):
        if not zone:
            raise NoZone(text)
        return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    return moment.replace(tzinfo=dt.UTC)


class AppContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a release takes from its app and site."""

    app_id: str
    name: Text
    bundle_id: str
    application_id: str
    defaults: ReleaseDefaultsRecord | None
    channels: Mapping[str, Channel]
    default_channel: str
    look: Look
    own: OwnData
    timezone: str = ""
    #: Some channels of the site, or the app's identifier, are written wrongly: they must not be called missing too.
    channels_lost: bool = False
    identifier_lost: bool = False


class ReleaseResolver:
    """Makes one :class:`Release` from its record, reporting what is wrong with it to ``findings``."""

    def __init__(
        self, context: AppContext, source: str, where: Where, findings: Findings, index: int | None = None
    ) -> None:
        self.index = index
        self.context = context
        self.source = source
        self.where = where
        self.findings = findings

    def resolve(self, record: ReleaseRecord, notes: Text) -> Release | None:
        """The release, or ``None`` when it lacks what everything else rests on."""
        full = self._with_defaults(record)
        version, build = self._required(full, "version"), self._required(full, "build")
        timestamp = self._date(full, "date", required=True)
        channel = self._channel(full)
        self._check_text(version, "version")
        self._check_text(build, "build")
        self._check_length(full)
        identifier = full.id or release_id(version, build)
        ios = self._binary("ios", full.ios, version, build) if full.ios else None
        android = self._binary("android", full.android, version, build) if full.android else None
        if not (ios or android) and not (self.where.lost("ios") or self.where.lost("android")):
            self.findings.report(
                "no-binary",
                "this release has neither an ios: nor an android: block, so nobody could install it",
                hint="add ios: or android: with file: or url:, or let `otasite add` write the release",
                at=self.where(),
            )
        if not (version and build and timestamp and channel):
            return None
        given = shared(full, Release) | {
            "id": identifier,
            "channel": channel,
            "notes": notes or full.notes or "",
            "ios": ios,
            "android": android,
            "extra": self.context.own.value("release", full.extra, self.where),
        }
        if len(full.date or "") > len("2026-03-31") and dt.datetime.fromisoformat(full.date or "").tzinfo is None:
            given["date"] = timestamp.astimezone(ZoneInfo(self.context.timezone)).isoformat()
        return Release(source=self.source, index=self.index, timestamp=timestamp, **given)

    def _with_defaults(self, record: ReleaseRecord) -> ReleaseRecord:
        """The record over the app's defaults; defaults of a platform apply where the release has that platform."""
        defaults = self.context.defaults
        if defaults is None:
            return record
        full = merge(record, defaults)
        absent = {name: None for name in ("ios", "android") if getattr(record, name) is None}
        return msgspec.structs.replace(full, **absent) if absent else full

    def _required(self, record: ReleaseRecord, key: str) -> str:
        value = getattr(record, key)
        if not value and not self.where.lost(key):
            self.findings.report(
                "missing-key",
                f"“{key}” is missing",
                hint=f"add {key}: as the binary has it (`otasite inspect FILE` shows it)",
                at=self.where(),
            )
        return value or ""

    def _date(self, record: Record, key: str, *path: str, required: bool = False) -> dt.datetime | None:
        text = getattr(record, key)
        if text is None:
            if required and not self.where.lost(key):
                self.findings.report(
                    "missing-key",
                    f"“{key}” is missing",
                    hint=f"add {key}: 2026-03-31; it orders the releases",
                    at=self.where(),
                )
            return None
        try:
            return parse_date(text, self.context.timezone)
        except NoZone:
            hint = (
                f"write {text}Z for UTC, or how far ahead of it the place is, {text}+02:00;"
                " or say timezone: in site.yaml"
            )
            message = f"“{text}” does not say in which time zone"
            self.findings.report("no-time-zone", message, hint=hint, at=self.where(*path, key))
        except ValueError:
            self.findings.report(
                "bad-value",
                f"“{text}” is not a date of the calendar",
                hint="write year-month-day, such as 2026-03-31, or a time such as 2026-03-31T09:30:00Z",
                at=self.where(*path, key),
            )
        return None

    def _channel(self, record: ReleaseRecord) -> str:
        channel = record.channel or self.context.default_channel
        if channel in self.context.channels:
            return channel
        if not self.context.channels_lost:
            known = ", ".join(self.context.channels)
            self.findings.report(
                "unknown-channel",
                f"there is no channel “{channel}”",
                hint=suggest(channel, self.context.channels)
                or f"site.yaml has: {known}; add it under channels: or use one of these",
                at=self.where("channel"),
            )
        return ""

    def _check_length(self, record: ReleaseRecord) -> None:
        for key, most in (("version", LONGEST_NAME), ("build", LONGEST_NAME), ("id", LONGEST_NAME), ("branch", 250)):
            value = getattr(record, key) or ""
            if len(value) > most:
                check_length(value, key, self.findings, partial(self.where, key), most)

    def _check_text(self, value: str, *path: str) -> None:
        check_expanded(value, self.findings, lambda: self.where(*path))

    def _binary(self, platform: Platform, record: BinaryRecord, version: str, build: str) -> Binary:
        file = self._source(platform, record)
        identifier = self._identifier(platform, record)
        for key in ("version", "build"):
            self._check_text(getattr(record, key) or "", platform, key)
        given = shared(record, Binary) | {
            "version": record.version or version,
            "build": record.build or build,
            "identifier": identifier,
            "file": file,
            "chunk_size": self._chunk_size(platform, record),
            "signing": self._signing(platform, record.signing),
            "extra": self.context.own.value("binary", record.extra, self.where.below(platform)),
        }
        return Binary(platform=platform, **given)

    def _source(self, platform: Platform, record: BinaryRecord) -> str:
        """Path of the binary relative to the project root, or ``""`` when it is hosted elsewhere."""
        if record.file and record.url:
            self.findings.report(
                "two-sources",
                "both file: and url: say where the binary is",
                hint="keep file: for a binary in this repository, url: for one hosted elsewhere",
                at=self.where(platform, "url", key=True),
            )
        if not record.file:
            if not record.url and not (self.where.lost(platform, "url") or self.where.lost(platform, "file")):
                self.findings.report(
                    "no-source",
                    f"nothing says where the {platform} binary is",
                    hint="add file: (a path in this repository) or url: (an https address)",
                    at=self.where(platform, key=True),
                )
            return ""
        path = self.path_within(record.file, platform, "file")
        if path and not path.lower().endswith(ENDINGS[platform]):
            self.findings.report(
                "wrong-file-type",
                f"“{record.file}” does not end in {ENDINGS[platform]}",
                hint="app bundles (.aab) and plain .app folders cannot be installed from a page: export an archive",
                at=self.where(platform, "file"),
            )
        return path

    def path_within(self, written: str, *path: str | int) -> str:
        return path_within(self.source, written, self.context.look, self.findings, lambda: self.where(*path))

    def _identifier(self, platform: Platform, record: BinaryRecord) -> str:
        own = self.context.bundle_id if platform == "ios" else self.context.application_id
        identifier = record.identifier or own
        if not identifier:
            if platform == "ios" and not (self.context.identifier_lost or self.where.lost(platform, "identifier")):
                self.findings.report(
                    "missing-identifier",
                    "the bundle identifier is missing: iOS compares it with the binary's",
                    hint="add bundle_id: to the app, or identifier: here",
                    at=self.where(platform, key=True),
                )
            return ""
        if record.identifier:
            check_identifier(platform, identifier, self.findings, lambda: self.where(platform, "identifier"))
        return identifier

    def _signing(self, platform: Platform, record: SigningRecord | None) -> Signing:
        if record is None:
            return Signing()
        if platform == "ios" and record.type == "app-store":
            self.findings.report(
                "store-signed",
                "a build signed for the App Store or TestFlight cannot be installed from a page",
                hint="export it as ad hoc, enterprise or development",
                at=self.where(platform, "signing", "type"),
            )
        return Signing(**shared(record, Signing) | {"expires": self._date(record, "expires", platform, "signing")})

    def _chunk_size(self, platform: Platform, record: BinaryRecord) -> int | None:
        """The chunk size of the hashes; iOS silently ignores several hashes without one, so that is an error."""
        chunks = record.chunks
        if not chunks:
            return None
        chunk_size = record.chunk_size or (record.size if len(chunks) == 1 else None)
        if chunk_size is None:
            self.findings.report(
                "chunk-mismatch",
                "chunks: needs chunk_size: (bytes per chunk), or iOS ignores the hashes",
                hint="add chunk_size: 10485760 if that is how they were made; `otasite add` writes both",
                at=self.where(platform, "chunks", key=True),
            )
        elif record.size is not None and -(-record.size // chunk_size) != len(chunks):
            self.findings.report(
                "chunk-mismatch",
                f"{record.size} bytes in chunks of {chunk_size} make {-(-record.size // chunk_size)} hashes, "
                f"but {len(chunks)} {'is' if len(chunks) == 1 else 'are'} listed",
                hint="the hashes are of another file; let `otasite add` record them again",
                at=self.where(platform, "chunks", key=True),
            )
        return chunk_size
