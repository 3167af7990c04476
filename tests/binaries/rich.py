"""An .ipa and an .apk in which there is something of everything that facts are read from."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.binaries import apks, apple
from tests.binaries.apks import Resource, Tag
from tests.binaries.ipas import info_values, nested_files, write_ipa

PRIVACY = {
    "NSPrivacyTracking": False,
    "NSPrivacyTrackingDomains": [],
    "NSPrivacyCollectedDataTypes": [
        {
            "NSPrivacyCollectedDataType": "NSPrivacyCollectedDataTypeEmailAddress",
            "NSPrivacyCollectedDataTypeLinked": True,
            "NSPrivacyCollectedDataTypeTracking": False,
            "NSPrivacyCollectedDataTypePurposes": ["NSPrivacyCollectedDataTypePurposeAppFunctionality"],
        }
    ],
    "NSPrivacyAccessedAPITypes": [
        {
            "NSPrivacyAccessedAPIType": "NSPrivacyAccessedAPICategoryUserDefaults",
            "NSPrivacyAccessedAPITypeReasons": ["CA92.1"],
        }
    ],
}
OTHERS_PRIVACY = {
    "NSPrivacyTracking": True,
    "NSPrivacyTrackingDomains": ["ads.example.com"],
    "NSPrivacyAccessedAPITypes": [
        {
            "NSPrivacyAccessedAPIType": "NSPrivacyAccessedAPICategoryUserDefaults",
            "NSPrivacyAccessedAPITypeReasons": ["1C8F.1"],
        }
    ],
}
ENTITLEMENTS = {
    "application-identifier": f"{apple.TEAM}.com.example.app",
    "aps-environment": "production",
    "com.apple.developer.associated-domains": ["applinks:example.com"],
    "com.apple.developer.healthkit": True,
    "get-task-allow": False,
}
LOCTABLE = {"fr": {"NSCameraUsageDescription": "Pour scanner"}, "LocProvenance": {"fr": 1}, "Base": {"x": "y"}}
SYMBOLS = ("_OBJC_CLASS_$_NSUserDefaults", "_mach_absolute_time", "_malloc")


def rich_ipa(
    path: Path, extra: dict[str, bytes] | None = None, *, symbols: Sequence[str] = SYMBOLS, **changes: Any
) -> Path:
    """An .ipa; ``changes`` are those of its Info.plist, and ``extra`` files replace others of their names."""
    values = info_values(
        **{
            "NSCameraUsageDescription": "To scan",
            "NSMicrophoneUsageDescription": "To record",
            "CFBundleURLTypes": [{"CFBundleURLSchemes": ["example", "example-beta"]}],
            "UIBackgroundModes": ["remote-notification", "location"],
            "UIRequiredDeviceCapabilities": ["arm64", "nfc"],
            "ITSAppUsesNonExemptEncryption": False,
            "DTXcodeBuild": "15A240d",
            "BuildMachineOSBuild": "22G120",
            **changes,
        }
    )
    info = {"CFBundleShortVersionString": "10.2.1", "CFBundleVersion": "77"}
    files = {
        "PrivacyInfo.xcprivacy": plistlib.dumps(PRIVACY),
        "Frameworks/Maps.framework/Info.plist": plistlib.dumps(info, fmt=plistlib.FMT_BINARY),
        "Frameworks/Maps.framework/Maps": bytes(5000),
        "Frameworks/Maps.framework/PrivacyInfo.xcprivacy": plistlib.dumps(OTHERS_PRIVACY),
        "Frameworks/libswiftCore.dylib": apple.executable(library_version=0x050903, signed=False),
        "de.lproj/InfoPlist.strings": b'NSCameraUsageDescription = "Zum Scannen";\n',
        "InfoPlist.loctable": plistlib.dumps(LOCTABLE, fmt=plistlib.FMT_BINARY),
        "Base.lproj/Main.storyboardc/a.nib": bytes(100),
        "Assets.car": bytes(3000),
        **nested_files(
            "PlugIns/Share.appex",
            info={
                "NSExtension": {"NSExtensionPointIdentifier": "com.apple.share-services"},
                "NSPhotoLibraryUsageDescription": "To share",
            },
            entitlements={"com.apple.security.application-groups": ["group.com.example.app"]},
        ),
    }
    allowed = ENTITLEMENTS | {"com.apple.developer.associated-domains": "*"}
    executable = apple.executable(entitlements=ENTITLEMENTS, symbols=symbols)
    profile = apple.profile(Entitlements=allowed)
    return write_ipa(path, files | (extra or {}), info=values, executable=executable, profile=profile)


def rich_manifest(*more: Tag, **attributes: apks.Value) -> Tag:
    """A manifest; ``more`` are elements beside ``<application>``."""
    root = apks.manifest()
    application = root.children[1]
    links = Tag(
        "intent-filter",
        {"autoVerify": True},
        [Tag("data", {"scheme": "https"}), Tag("data", {"host": "example.com"})],
    )
    scheme = Tag("intent-filter", {}, [Tag("data", {"scheme": "example", "host": "open"})])
    service = Tag("service", {"name": ".Sync", "foregroundServiceType": 1 | 8})
    helper = Tag("service", {"name": ".A11y", "permission": "android.permission.BIND_ACCESSIBILITY_SERVICE"})
    activity = Tag("activity", {"name": ".Links"}, [links, scheme])
    asked = [
        Tag("uses-permission", {"name": "android.permission.CAMERA"}),
        Tag("uses-permission", {"name": "android.permission.INTERNET"}),
        Tag("uses-permission", {"name": "android.permission.SYSTEM_ALERT_WINDOW"}),
        Tag("uses-permission", {"name": "android.permission.WRITE_EXTERNAL_STORAGE", "maxSdkVersion": 28}),
        Tag("uses-permission", {"name": "android.permission.REBOOT"}),
        Tag("uses-permission", {"name": "com.example.app.OWN"}),
        Tag("uses-permission", {"name": "com.other.THEIRS"}),
        Tag("uses-permission-sdk-23", {"name": "android.permission.RECORD_AUDIO"}),
        Tag("permission", {"name": "com.example.app.OWN", "protectionLevel": 2}),
        Tag("uses-feature", {"name": "android.hardware.camera"}),
        Tag("uses-feature", {"name": "android.hardware.nfc", "required": False}),
    ]
    inner = Tag(application.name, application.attributes, [*application.children, activity, service, helper])
    top = {**root.attributes, "compileSdkVersion": 35, **attributes}
    return Tag("manifest", top, [root.children[0], inner, *asked, *more])


FILES = {
    "classes.dex": bytes(9000),
    "classes2.dex": bytes(1000),
    "assets/a.bin": bytes(500),
    "res/a.xml": bytes(200),
    "lib/arm64-v8a/libapp.so": bytes(4000),
    "lib/armeabi-v7a/libapp.so": bytes(3000),
    "lib/arm64-v8a/libextra.so": bytes(700),
    "META-INF/androidx.core_core.version": b"1.13.1\n",
    "META-INF/com/android/build/gradle/app-metadata.properties": b"appMetadataVersion=1.1\n"
    b"androidGradlePluginVersion=8.5.0\n",
    "kotlin-tooling-metadata.json": b'{"buildSystemVersion":"8.7","buildPluginVersion":"2.0.0"}',
}
TRANSLATED = [
    Resource(0x7F0B0000, "Example"),
    Resource(0x7F0B0000, "Beispiel", locale="de"),
]


def rich_apk(
    path: Path,
    files: dict[str, bytes] | None = None,
    root: Tag | None = None,
    *,
    resources: Sequence[Resource] = (),
) -> Path:
    """An APK that is signed with scheme v2 and that phones install; ``files`` replace others of their names."""
    apks.write_apk(path, FILES | (files or {}), root=root or rich_manifest(), resources=resources)
    block = {0x7109871A: apks.v2_block(apple.certificate("Example"))}
    path.write_bytes(apks.with_signing_block(path.read_bytes(), block))
    return path
