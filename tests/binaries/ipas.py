"""Builds .ipa files of every kind from a description of what is different about them."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

from cryptography import x509

from tests.binaries import apple
from tests.binaries.zips import write_zip

APP = "Payload/Example.app/"


def info_values(**changes: Any) -> dict[str, Any]:
    """An Info.plist as Xcode writes it for a small app; a change to None leaves the key out."""
    values: dict[str, Any] = {
        "CFBundleIdentifier": "com.example.app",
        "CFBundleName": "Example",
        "CFBundleDisplayName": "Example App",
        "CFBundleExecutable": "Example",
        "CFBundleShortVersionString": "1.10",
        "CFBundleVersion": "0123",
        "CFBundleDevelopmentRegion": "en",
        "CFBundleSupportedPlatforms": ["iPhoneOS"],
        "DTPlatformName": "iphoneos",
        "DTSDKName": "iphoneos17.0",
        "DTXcode": "1500",
        "MinimumOSVersion": "15.0",
        "UIDeviceFamily": [1, 2],
    }
    return {key: value for key, value in (values | changes).items() if value is not None}


def app_files(
    *,
    folder: str = APP,
    info: dict[str, Any] | None = None,
    binary_plist: bool = True,
    profile: bytes | None = b"",
    executable: bytes | None = b"",
    signer: x509.Certificate | None = None,
    sealed: bool = True,
) -> dict[str, bytes]:
    """The files of one app. Empty bytes stand for an ordinary profile or executable, None for none.

    ``signer`` signs the ordinary executable.
    """
    values = info_values() if info is None else info
    layout = plistlib.FMT_BINARY if binary_plist else plistlib.FMT_XML
    files = {f"{folder}Info.plist": plistlib.dumps(values, fmt=layout)}
    if profile is not None:
        files[f"{folder}embedded.mobileprovision"] = profile or apple.profile()
    if executable is not None:
        identifier = values.get("CFBundleIdentifier", "")
        entitlements = {"application-identifier": f"{apple.TEAM}.{identifier}", "aps-environment": "production"}
        name = values.get("CFBundleExecutable", "Example")
        files[f"{folder}{name}"] = executable or apple.executable(entitlements=entitlements, signer=signer)
    if sealed:
        files[f"{folder}_CodeSignature/CodeResources"] = plistlib.dumps({"files": {}})
    return files


def write_ipa(path: Path, extra: dict[str, bytes] | None = None, **description: Any) -> Path:
    """Write an .ipa; ``extra`` files are named relative to the app's folder, or from the root with a slash."""
    folder = description.get("folder", APP)
    files = app_files(**description)
    for name, content in (extra or {}).items():
        files[name[1:] if name.startswith("/") else folder + name] = content
    return write_zip(path, files)


def nested_files(
    path: str,
    identifier: str = "com.example.app.share",
    *,
    info: dict[str, Any] | None = None,
    profile: bytes | None = b"",
    executable: bytes | None = b"",
    entitlements: dict[str, Any] | None = None,
) -> dict[str, bytes]:
    """The files of a bundle inside the app, named relative to the app's folder; otherwise as in app_files()."""
    allowed = {"application-identifier": f"{apple.TEAM}.{identifier}"} | (entitlements or {})
    ordinary = apple.profile(Entitlements=allowed, Name=path)
    return app_files(
        folder=f"{path}/",
        info={"CFBundleIdentifier": identifier, "CFBundleExecutable": "Nested"} | (info or {}),
        profile=ordinary if profile == b"" else profile,
        executable=apple.executable(entitlements=allowed) if executable == b"" else executable,
    )


def primary(*names: str) -> dict[str, Any]:
    """The value of ``CFBundleIcons`` that declares these icon files."""
    return {"CFBundlePrimaryIcon": {"CFBundleIconFiles": list(names)}}
