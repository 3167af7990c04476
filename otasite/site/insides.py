"""What pages say about the insides of builds, in words that testers know, and what changed since the build before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final

from otasite.catalogue.model import Binary, Release
from otasite.catalogue.records import Platform
from otasite.facts.difference import system_key
from otasite.facts.model import BuildFacts
from otasite.site.selection import by_place
from otasite.site.views import InsideChange, InsideView

#: Libraries that a page names.
MAX_LIBRARIES: Final = 40
#: Growth that is worth a word: a share of the download, and bytes.
_WORTH_SHARE, _WORTH_BYTES = 0.01, 100_000

#: What people are asked for, by the names of texts (``asks.camera``). Apple's keys without NS… and UsageDescription.
_IOS: Final = {
    "Camera": "camera", "Microphone": "microphone", "PhotoLibrary": "photos", "PhotoLibraryAdd": "photos",
    "Location": "location", "LocationWhenInUse": "location", "LocationAlways": "location_always",
    "LocationAlwaysAndWhenInUse": "location_always", "Contacts": "contacts", "Calendars": "calendar",
    "CalendarsFullAccess": "calendar", "CalendarsWriteOnlyAccess": "calendar", "Reminders": "reminders",
    "RemindersFullAccess": "reminders", "BluetoothAlways": "bluetooth", "BluetoothPeripheral": "bluetooth",
    "Motion": "motion", "HealthShare": "health", "HealthUpdate": "health", "UserTracking": "tracking",
    "LocalNetwork": "local_network", "SpeechRecognition": "speech", "AppleMusic": "music", "FaceID": "face_id",
    "NFCReader": "nfc",
}  # fmt: skip
_ANDROID: Final = {
    "CAMERA": "camera", "RECORD_AUDIO": "microphone", "ACCESS_FINE_LOCATION": "location",
    "ACCESS_COARSE_LOCATION": "location", "ACCESS_BACKGROUND_LOCATION": "location_always",
    "READ_CONTACTS": "contacts", "WRITE_CONTACTS": "contacts", "READ_CALENDAR": "calendar",
    "WRITE_CALENDAR": "calendar", "READ_MEDIA_IMAGES": "photos", "READ_MEDIA_VIDEO": "photos",
    "READ_MEDIA_AUDIO": "music", "READ_EXTERNAL_STORAGE": "files", "WRITE_EXTERNAL_STORAGE": "files",
    "MANAGE_EXTERNAL_STORAGE": "files", "CALL_PHONE": "phone", "READ_PHONE_STATE": "phone",
    "READ_PHONE_NUMBERS": "phone", "ANSWER_PHONE_CALLS": "phone", "READ_CALL_LOG": "phone",
    "WRITE_CALL_LOG": "phone", "READ_SMS": "sms", "RECEIVE_SMS": "sms", "SEND_SMS": "sms",
    "POST_NOTIFICATIONS": "notifications", "BLUETOOTH_SCAN": "nearby", "BLUETOOTH_CONNECT": "nearby",
    "BLUETOOTH_ADVERTISE": "nearby", "NEARBY_WIFI_DEVICES": "nearby", "ACTIVITY_RECOGNITION": "motion",
    "BODY_SENSORS": "health", "SYSTEM_ALERT_WINDOW": "overlay", "REQUEST_INSTALL_PACKAGES": "install_apps",
}  # fmt: skip
_SERVICES: Final = {"accessibility": "accessibility", "notification-listener": "read_notifications"}
#: What an APK requires that no phone has.
_FORMS: Final = {
    "android.hardware.type.watch": "watch",
    "android.hardware.type.television": "tv",
    "android.software.leanback": "tv",
    "android.software.leanback_only": "tv",
    "android.hardware.type.automotive": "car",
}
_ABIS: Final = {"arm64-v8a": "arm64", "armeabi-v7a": "arm32", "armeabi": "arm32", "x86": "x86", "x86_64": "x86"}


class Insides:
    """The builds of one app, each with the one before it in its channel of which something is known.

    What pages say of a build is the same in all languages and wherever it is shown, and is worked out once.
    """

    def __init__(self, releases: Iterable[Release]) -> None:
        """``releases`` are newest first."""
        self._builds: dict[tuple[str, str], _Build] = {}
        for (_, platform), builds in by_place(releases).items():
            after: _Build | None = None
            for release, binary in builds:
                if binary.facts is not None:
                    build = self._builds[release.id, platform] = _Build(platform, binary.facts)
                    if after is not None:
                        after.before = build
                    after = build

    def view(self, release: Release, binary: Binary) -> InsideView | None:
        """What a page says about one build; None when nothing is known of it."""
        build = self._builds.get((release.id, binary.platform))
        return build.view if build else None

    def changes(self, release: Release) -> tuple[InsideChange, ...]:
        """What changed inside since the builds before."""
        views = (self.view(release, binary) for binary in release.binaries)
        return tuple(change for view in views if view for change in view.changes)


class _Build:
    """What is said of one build, as soon as somebody asks; ``before`` is the one that it came after."""

    def __init__(self, platform: Platform, facts: BuildFacts) -> None:
        self.platform = platform
        self.facts = facts
        self.before: _Build | None = None

    @cached_property
    def asks(self) -> tuple[str, ...]:
        return asks(self.facts)

    @cached_property
    def libraries(self) -> dict[str, str]:
        """Libraries that have names which tell something, with their versions."""
        return {item.name: item.version for item in self.facts.libraries if item.kind != "native-library"}

    @cached_property
    def view(self) -> InsideView:
        facts, libraries = self.facts, islice(self.libraries.items(), MAX_LIBRARIES)
        signer = _with_colons(facts.signer.sha256) if facts.signer else ""
        is_android = self.platform == "android"
        return InsideView(
            asks=self.asks,
            abis=facts.architectures if is_android else (),
            made_for=next((_FORMS[name] for name in facts.features if name in _FORMS), ""),
            works_on=tuple(dict.fromkeys(_ABIS[abi] for abi in facts.architectures if abi in _ABIS)),
            installed_size=facts.installed_size,
            libraries=tuple([f"{name} {version}" if version else name for name, version in libraries]),
            signer=signer,
            verifier=f"{facts.identifier}\n{signer}" if signer and is_android else signer,
            changes=tuple(self._changes(self.before)) if self.before else (),
        )

    def _changes(self, earlier: _Build) -> Iterator[InsideChange]:
        before, facts, platform = earlier.facts, self.facts, self.platform
        growth = facts.download_size - before.download_size
        if before.download_size and abs(growth) > max(_WORTH_BYTES, _WORTH_SHARE * before.download_size):
            yield InsideChange(kind="larger" if growth > 0 else "smaller", platform=platform, size=abs(growth))
        if before.minimum_os not in ("", facts.minimum_os) and (
            system_key(facts.minimum_os) > system_key(before.minimum_os)
        ):
            yield InsideChange(kind="needs", platform=platform, what=(facts.minimum_os,))
        if added := tuple([key for key in self.asks if key not in earlier.asks]):
            yield InsideChange(kind="asks", platform=platform, what=added)
        if added := tuple([name for name in self.libraries if name not in earlier.libraries]):
            yield InsideChange(kind="library", platform=platform, what=added[:MAX_LIBRARIES])
        if before.signer and facts.signer and before.signer.sha256 != facts.signer.sha256:
            yield InsideChange(kind="signer", platform=platform)


@lru_cache(maxsize=64)
def _with_colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()


def asks(facts: BuildFacts) -> tuple[str, ...]:
    """What the app may ask for, as names of texts in the order of the tables; not what is for old systems only."""
    found = {_IOS.get(item.key.removeprefix("NS").removesuffix("UsageDescription"), "") for item in facts.usage}
    found |= {
        _ANDROID.get(item.name.removeprefix("android.permission."), "")
        for item in facts.permissions
        if not item.until_sdk
    }
    found |= {_SERVICES.get(name, "") for name in facts.services}
    if "location_always" in found:
        found.discard("location")
    return tuple(key for key in _ORDER if key in found)


def _order(*tables: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for table in tables for key in table.values()))


_ORDER: Final = _order(_IOS, _ANDROID, _SERVICES)
