"""SDK levels as numbers, and the Android versions that people know them by."""

from __future__ import annotations

#: developer.android.com, “Platform codenames, versions, API levels”.
_VERSIONS = {
    1: "1.0", 2: "1.1", 3: "1.5", 4: "1.6", 5: "2.0", 6: "2.0.1", 7: "2.1", 8: "2.2", 9: "2.3", 10: "2.3.3",
    11: "3.0", 12: "3.1", 13: "3.2", 14: "4.0", 15: "4.0.3", 16: "4.1", 17: "4.2", 18: "4.3", 19: "4.4",
    20: "4.4", 21: "5.0", 22: "5.1", 23: "6.0", 24: "7.0", 25: "7.1", 26: "8.0", 27: "8.1", 28: "9",
    29: "10", 30: "11", 31: "12", 32: "12", 33: "13", 34: "14", 35: "15", 36: "16",
}  # fmt: skip


def android_version(sdk: str) -> str:
    """The version people know for an SDK level: ``21`` is Android 5.0; empty for one that is unknown."""
    return _VERSIONS.get(sdk_level(sdk), "")


def sdk_level(sdk: str) -> int:
    """An SDK level as a number; 0 for a codename, or when there is none."""
    return int(sdk) if sdk.isdecimal() and sdk.isascii() and len(sdk) < 6 else 0
