"""What pages say about the insides of builds, in words that testers know, and what changed since the build before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from otasite.catalogue.model import Binary, Release
from otasite.facts.difference import difference, version_key
from otasite.facts.model import BuildFacts
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
_ABIS: Final = {"arm64-v8a": "arm64", "armeabi-v7a": "arm32", "armeabi": "arm32", "x86": "x86", "x86_64": "x86"}


class Insides:
    """The builds of one app, each with the one before it in its channel of which something is known."""

    def __init__(self, channels: Iterable[Sequence[Release]]) -> None:
        """``channels`` are the releases of each, newest first."""
        self._before: dict[tuple[str, str], BuildFacts] = {}
        for releases in channels:
            known: dict[str, BuildFacts] = {}
            for release in reversed(releases):
                for binary in release.binaries:
                    if binary.facts is not None:
                        if binary.platform in known:
                            self._before[release.id, binary.platform] = known[binary.platform]
                        known[binary.platform] = binary.facts

    def view(self, release: Release, binary: Binary) -> InsideView | None:
        """What a page says about one build; None when nothing is known of it."""
        facts = binary.facts
        if facts is None:
            return None
        signer = facts.signer
        digest = ":".join(signer.sha256[at : at + 2] for at in range(0, 64, 2)).upper() if signer else ""
        is_android = binary.platform == "android"
        named = (item for item in facts.libraries if item.kind != "native-library")
        return InsideView(
            asks=asks(facts),
            abis=facts.architectures if is_android else (),
            works_on=tuple(dict.fromkeys(_ABIS[abi] for abi in facts.architectures if abi in _ABIS)),
            installed_size=facts.installed_size,
            libraries=tuple(f"{item.name} {item.version}".strip() for item in named)[:MAX_LIBRARIES],
            signer=digest,
            verifier=f"{facts.identifier}\n{digest}" if digest and is_android else digest,
            changes=tuple(self._changes(release, binary)),
        )

    def changes(self, release: Release) -> tuple[InsideChange, ...]:
        """What changed inside since the builds before."""
        return tuple(change for binary in release.binaries for change in self._changes(release, binary))

    def _changes(self, release: Release, binary: Binary) -> Iterator[InsideChange]:
        before, facts = self._before.get((release.id, binary.platform)), binary.facts
        if before is None or facts is None or before == facts:
            return
        growth = facts.download_size - before.download_size
        if before.download_size and abs(growth) > max(_WORTH_BYTES, _WORTH_SHARE * before.download_size):
            size = abs(growth)
            yield InsideChange(kind="larger" if growth > 0 else "smaller", platform=binary.platform, size=size)
        if before.minimum_os and version_key(facts.minimum_os) > version_key(before.minimum_os):
            yield InsideChange(kind="needs", platform=binary.platform, what=(facts.minimum_os,))
        if asked := tuple(key for key in asks(facts) if key not in asks(before)):
            yield InsideChange(kind="asks", platform=binary.platform, what=asked)
        changes = difference(before, facts)
        natives = {item.name for item in facts.libraries if item.kind == "native-library"}
        added = [item.what for item in changes if item.kind == "library" and item.is_new and item.what not in natives]
        if added:
            yield InsideChange(kind="library", platform=binary.platform, what=tuple(added[:MAX_LIBRARIES]))
        if before.signer and facts.signer and before.signer.sha256 != facts.signer.sha256:
            yield InsideChange(kind="signer", platform=binary.platform)


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
