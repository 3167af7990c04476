"""Privacy manifests (``PrivacyInfo.xcprivacy``) of an app and of everything in it, taken together as Apple does.

Keys: Apple, “Privacy manifest files”. The APIs that need a reason: “Describing use of required reason API”.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from otasite.binaries import plists
from otasite.binaries.archive import Archive
from otasite.binaries.plain_text import shown
from otasite.binaries.unreadable import Unreadable
from otasite.facts.model import CollectedData, Privacy, RequiredReason
from otasite.problems import ProblemsFound

NAME: Final = "PrivacyInfo.xcprivacy"
#: Manifests of one app: its own, and one for each of its frameworks and bundles.
MAX_MANIFESTS = 200
MAX_ITEMS = 300

#: What an executable's table of symbols shows of required-reason APIs: symbol → category. Methods that are only
#: called by name (such as ``systemUptime``) do not show there.
SYMBOLS: Final[dict[bytes, str]] = {
    **dict.fromkeys(
        (
            b"_getattrlist", b"_getattrlistbulk", b"_fgetattrlist", b"_getattrlistat", b"_stat", b"_fstat",
            b"_fstatat", b"_lstat", b"_NSFileCreationDate", b"_NSFileModificationDate", b"_NSURLCreationDateKey",
            b"_NSURLContentModificationDateKey",
        ),
        "FileTimestamp",
    ),
    b"_mach_absolute_time": "SystemBootTime",
    **dict.fromkeys(
        (
            b"_statfs", b"_statvfs", b"_fstatfs", b"_fstatvfs", b"_NSFileSystemFreeSize", b"_NSFileSystemSize",
            b"_NSURLVolumeAvailableCapacityKey", b"_NSURLVolumeAvailableCapacityForImportantUsageKey",
            b"_NSURLVolumeAvailableCapacityForOpportunisticUsageKey", b"_NSURLVolumeTotalCapacityKey",
        ),
        "DiskSpace",
    ),
    b"_OBJC_CLASS_$_NSUserDefaults": "UserDefaults",
}  # fmt: skip

_MANIFEST = re.compile(rf"(?:(?:Frameworks/)?[^/]+\.(?:framework|bundle)/)*{re.escape(NAME)}")
_PREFIXES = re.compile(
    r"NSPrivacy(?:CollectedDataTypePurpose|CollectedDataType|AccessedAPICategory|AccessedAPIType)?"
)


def read_privacy(archive: Archive, folder: str) -> Privacy | None:
    """What all manifests below the app's folder say, None when there are none. Unreadable ones count as absent."""
    inside = len(folder)
    names = [entry.name for entry in archive.under(folder) if _MANIFEST.fullmatch(entry.name, inside)]
    budget = plists.new_budget()
    lists: dict[str, dict[str, Any]] = {}
    for name in sorted(names, key=lambda name: (len(name), name))[:MAX_MANIFESTS]:
        try:
            lists[name] = plists.load(archive.read(name, plists.MAX_BYTES), budget)
        except (ProblemsFound, Unreadable):
            continue
    if not lists:
        return None
    found = lists.values()
    return Privacy(
        own=f"{folder}{NAME}" in lists,
        tracking=any(plists.flag(values, "NSPrivacyTracking") for values in found),
        tracking_domains=_some(text for each in found for text in plists.texts(each, "NSPrivacyTrackingDomains")),
        collected=_collected(_items(found, "NSPrivacyCollectedDataTypes")),
        apis=_apis(_items(found, "NSPrivacyAccessedAPITypes")),
    )


def _items(lists: Iterable[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    items = (item for values in lists if isinstance(values.get(key), list) for item in values[key])
    return [item for item in items if isinstance(item, dict)][: 10 * MAX_ITEMS]


def _collected(items: list[dict[str, Any]]) -> tuple[CollectedData, ...]:
    """By kind; of a kind that several manifests name everything that any of them says."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        if kind := _plain(plists.text(item, "NSPrivacyCollectedDataType")):
            kinds.setdefault(kind, []).append(item)
    return tuple(
        CollectedData(
            type=kind,
            linked=any(plists.flag(item, "NSPrivacyCollectedDataTypeLinked") for item in same),
            tracking=any(plists.flag(item, "NSPrivacyCollectedDataTypeTracking") for item in same),
            purposes=_some(
                _plain(text) for item in same for text in plists.texts(item, "NSPrivacyCollectedDataTypePurposes")
            ),
        )
        for kind, same in sorted(kinds.items())[:MAX_ITEMS]
    )


def _apis(items: list[dict[str, Any]]) -> tuple[RequiredReason, ...]:
    categories: dict[str, set[str]] = {}
    for item in items:
        if category := _plain(plists.text(item, "NSPrivacyAccessedAPIType")):
            reasons = plists.texts(item, "NSPrivacyAccessedAPITypeReasons")
            categories.setdefault(category, set()).update(reasons)
    return tuple(
        RequiredReason(category=category, reasons=_some(reasons))
        for category, reasons in sorted(categories.items())[:MAX_ITEMS]
    )


def _plain(text: str) -> str:
    return _PREFIXES.sub("", text[:200], count=1)


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({shown(text)[:200] for text in texts if text})[:MAX_ITEMS])
