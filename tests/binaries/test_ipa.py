"""What an .ipa says, against archives whose contents the test itself decided."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from otasite.binaries.info import BinaryInfo, IosInfo
from otasite.binaries.inspect import inspect_binary
from otasite.problems import ProblemsFound
from tests.binaries import apple
from tests.binaries.ipas import APP, app_files, info_values, write_ipa
from tests.binaries.zips import without_utf8_flag, write_zip


@pytest.fixture
def ipa(tmp_path: Path) -> Path:
    return tmp_path / "Example.ipa"


def ios(info: BinaryInfo) -> IosInfo:
    assert info.ios is not None
    return info.ios


def codes(info: BinaryInfo) -> list[str]:
    return [problem.code for problem in info.problems]


def test_an_ordinary_app_says_everything(ipa: Path) -> None:
    info = inspect_binary(write_ipa(ipa))

    assert (info.kind, info.os) == ("ipa", "ios")
    assert (info.identifier, info.name) == ("com.example.app", "Example App")
    assert (info.version, info.build) == ("1.10", "0123")
    assert info.minimum_os == "15.0"
    assert info.device_family == ("iphone", "ipad")
    assert info.architectures == ("arm64",)
    assert info.size == ipa.stat().st_size
    assert info.chunks == (info.sha256,)
    assert ios(info).sdk == "iphoneos17.0"
    assert ios(info).mach_o_platforms == ("ios",)
    assert ios(info).signed
    assert not info.problems


def test_the_file_is_named_as_the_caller_wishes(ipa: Path) -> None:
    assert inspect_binary(write_ipa(ipa)).file == "Example.ipa"
    assert inspect_binary(ipa, shown_as="apps/x.ipa").file == "apps/x.ipa"


def test_digests_can_be_left_out(ipa: Path) -> None:
    info = inspect_binary(write_ipa(ipa), digests=False)
    assert (info.sha256, info.chunks, info.size) == ("", (), ipa.stat().st_size)


@pytest.mark.parametrize("binary", [True, False])
def test_xml_and_binary_property_lists_say_the_same(ipa: Path, binary: bool) -> None:
    assert inspect_binary(write_ipa(ipa, binary_plist=binary)).identifier == "com.example.app"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"CFBundleDisplayName": None}, "Example"),
        ({"CFBundleDisplayName": None, "CFBundleName": None}, "Example"),
        ({"CFBundleDisplayName": "Beispiel – 例 🎈"}, "Beispiel – 例 🎈"),
    ],
)
def test_name_falls_back(ipa: Path, changes: dict[str, str | None], name: str) -> None:
    assert inspect_binary(write_ipa(ipa, info=info_values(**changes))).name == name


def test_name_of_last_resort_is_the_folder(ipa: Path) -> None:
    info = info_values(CFBundleDisplayName=None, CFBundleName=None, CFBundleExecutable=None)
    assert inspect_binary(write_ipa(ipa, info=info, executable=None)).name == "Example"


def test_one_of_version_and_build_is_enough(ipa: Path) -> None:
    info = inspect_binary(write_ipa(ipa, info=info_values(CFBundleShortVersionString=None)))
    assert (info.version, info.build) == ("0123", "0123")


def test_values_of_odd_types_are_read(ipa: Path) -> None:
    values = info_values(CFBundleVersion=42, CFBundleShortVersionString=1.5, UIDeviceFamily="2")
    info = inspect_binary(write_ipa(ipa, info=values))
    assert (info.version, info.build, info.device_family) == ("1.5", "42", ("ipad",))


def test_unexpanded_build_settings_are_errors(ipa: Path) -> None:
    values = info_values(CFBundleIdentifier="$(PRODUCT_BUNDLE_IDENTIFIER)", CFBundleVersion="${BUILD}")
    info = inspect_binary(write_ipa(ipa, info=values))
    assert codes(info) == ["unexpanded-build-setting"] * 2
    assert "${BUILD}" in info.problems[0].message


def test_missing_identifier_is_an_error(ipa: Path) -> None:
    info = inspect_binary(write_ipa(ipa, info=info_values(CFBundleIdentifier=None)))
    assert codes(info) == ["ipa-incomplete"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ios"),
        ({"CFBundleSupportedPlatforms": ["iPhoneSimulator"]}, "ios-simulator"),
        ({"CFBundleSupportedPlatforms": ["AppleTVOS"]}, "tvos"),
        ({"CFBundleSupportedPlatforms": ["XROS"]}, "visionos"),
        ({"CFBundleSupportedPlatforms": ["WatchOS"]}, "watchos"),
        ({"ITSWatchOnlyContainer": True}, "watchos"),
        ({"CFBundleSupportedPlatforms": None}, "ios"),
        ({"CFBundleSupportedPlatforms": None, "DTPlatformName": "appletvos"}, "tvos"),
    ],
)
def test_operating_system_as_stated(ipa: Path, changes: dict[str, object], expected: str) -> None:
    assert inspect_binary(write_ipa(ipa, info=info_values(**changes))).os == expected


@pytest.mark.parametrize(
    ("platform", "expected"), [(apple.SIMULATOR, "ios-simulator"), (apple.TVOS, "tvos"), (apple.VISIONOS, "visionos")]
)
def test_operating_system_as_compiled(ipa: Path, platform: int, expected: str) -> None:
    info = info_values(CFBundleSupportedPlatforms=None, DTPlatformName=None)
    executable = apple.executable(platform=platform)
    assert inspect_binary(write_ipa(ipa, info=info, executable=executable)).os == expected


def test_a_mac_app_is_named_as_one(ipa: Path) -> None:
    values = info_values(CFBundleSupportedPlatforms=["MacOSX"], LSMinimumSystemVersion="13.0", MinimumOSVersion=None)
    write_zip(ipa, {"Payload/Example.app/Contents/Info.plist": plistlib.dumps(values)})
    info = inspect_binary(ipa)
    assert (info.os, info.minimum_os) == ("macos", "13.0")


def test_the_right_info_plist_among_many(ipa: Path) -> None:
    twins = {
        "__MACOSX/Payload/Example.app/._Info.plist": b"junk",
        f"{APP}Watch/Wrist.app/Info.plist": plistlib.dumps({"CFBundleIdentifier": "com.example.app.watch"}),
        f"{APP}PlugIns/Share.appex/Info.plist": plistlib.dumps({"CFBundleIdentifier": "com.example.app.share"}),
        f"{APP}Deep/Payload/Other.app/Info.plist": plistlib.dumps({"CFBundleIdentifier": "com.example.other"}),
    }
    info = inspect_binary(write_zip(ipa, twins | app_files()))
    assert info.identifier == "com.example.app"
    assert "__MACOSX" in info.archive_notes


def test_payload_one_folder_too_deep_is_read_and_said(ipa: Path) -> None:
    info = inspect_binary(write_ipa(ipa, folder=f"Export/{APP}"))
    assert info.identifier == "com.example.app"
    assert not ios(info).payload_at_root
    assert "Payload-not-at-root:Export" in info.archive_notes


def test_two_apps_side_by_side_are_refused(ipa: Path) -> None:
    write_zip(ipa, app_files() | app_files(folder="Payload/Second.app/"))
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(ipa)
    assert [p.code for p in caught.value.problems] == ["ipa-several-apps"]
    assert "Second.app" in str(caught.value)


def test_when_a_name_repeats_the_last_one_counts(ipa: Path) -> None:
    first, second = plistlib.dumps(info_values(CFBundleVersion="1")), plistlib.dumps(info_values(CFBundleVersion="2"))
    write_zip(ipa, [(f"{APP}Info.plist", first), (f"{APP}Info.plist", second)])
    info = inspect_binary(ipa)
    assert info.build == "2"
    assert "duplicate-names" in info.archive_notes


def test_names_in_utf8_without_the_flag_are_repaired(ipa: Path) -> None:
    folder = "Payload/Grüße 例.app/"
    write_ipa(ipa, folder=folder)
    ipa.write_bytes(without_utf8_flag(ipa.read_bytes()))
    info = inspect_binary(ipa)
    assert ios(info).app_path == folder
    assert ios(info).profile is not None
    assert "unmarked-utf8-names" in info.archive_notes


def test_nested_bundles_with_their_own_profiles(ipa: Path) -> None:
    share = {
        "CFBundleIdentifier": "com.example.app.share",
        "CFBundleShortVersionString": "1.10",
        "NSExtension": {"NSExtensionPointIdentifier": "com.apple.share-services"},
    }
    extra = {
        "PlugIns/Share.appex/Info.plist": plistlib.dumps(share),
        "PlugIns/Share.appex/embedded.mobileprovision": apple.profile(Name="Share"),
        "Extensions/Live.appex/Info.plist": plistlib.dumps(
            {"EXAppExtensionAttributes": {"EXExtensionPointIdentifier": "com.apple.widgetkit-extension"}}
        ),
        "Watch/Wrist.app/Info.plist": plistlib.dumps({"CFBundleName": "Wrist"}),
        "Watch/Wrist.app/PlugIns/Face.appex/Info.plist": plistlib.dumps({"CFBundleName": "Face"}),
        "AppClips/Clip.app/Info.plist": plistlib.dumps({"CFBundleName": "Clip"}),
    }
    nested = {bundle.path: bundle for bundle in ios(inspect_binary(write_ipa(ipa, extra))).nested}

    assert {path: bundle.kind for path, bundle in nested.items()} == {
        "AppClips/Clip.app": "app-clip",
        "Extensions/Live.appex": "extension",
        "PlugIns/Share.appex": "extension",
        "Watch/Wrist.app": "watch-app",
        "Watch/Wrist.app/PlugIns/Face.appex": "extension",
    }
    assert nested["PlugIns/Share.appex"].identifier == "com.example.app.share"
    assert nested["PlugIns/Share.appex"].extension_point == "com.apple.share-services"
    assert nested["Extensions/Live.appex"].extension_point == "com.apple.widgetkit-extension"
    profile = nested["PlugIns/Share.appex"].profile
    assert profile is not None and profile.name == "Share"


def test_damaged_parts_beside_the_app_are_warnings(ipa: Path) -> None:
    extra = {"PlugIns/Share.appex/Info.plist": b"<plist>", "Example": b"no machine code"}
    info = inspect_binary(write_ipa(ipa, extra, profile=b"garbage"))
    assert codes(info) == ["executable-unreadable", "plist-unreadable", "profile-unreadable"]
    assert {problem.severity for problem in info.problems} == {"warning"}
    assert info.identifier == "com.example.app"


def test_frameworks_count_when_they_hold_files(ipa: Path) -> None:
    files = app_files() | {
        f"{APP}Frameworks/A.framework/A": b"x",
        f"{APP}Frameworks/A.framework/Info.plist": b"x",
        f"{APP}Frameworks/B.framework/B": b"x",
        f"{APP}Frameworks/Empty.framework/": b"",
        f"{APP}Frameworks/loose.dylib": b"x",
    }
    assert ios(inspect_binary(write_zip(ipa, files))).frameworks == 2


def test_fairplay_is_seen_in_the_executable_and_beside_it(ipa: Path) -> None:
    assert not ios(inspect_binary(write_ipa(ipa))).encrypted
    assert ios(inspect_binary(write_ipa(ipa, executable=apple.executable(encrypted=True)))).encrypted
    assert ios(inspect_binary(write_ipa(ipa, {"SC_Info/Example.sinf": b"x"}))).encrypted


def test_entitlements_come_from_the_signature_first(ipa: Path) -> None:
    values = {
        "aps-environment": "development",
        "com.apple.developer.associated-domains": ["applinks:example.com"],
        "com.apple.security.application-groups": ["group.com.example"],
        "get-task-allow": True,
    }
    found = ios(inspect_binary(write_ipa(ipa, executable=apple.executable(entitlements=values)))).entitlements
    assert found is not None
    assert (found.source, found.push_environment, found.debuggable) == ("code-signature", "development", True)
    assert found.associated_domains == ("applinks:example.com",)
    assert found.app_groups == ("group.com.example",)
    assert found.all_keys == tuple(sorted(values))


def test_entitlements_come_from_the_profile_when_the_signature_has_none(ipa: Path) -> None:
    found = ios(inspect_binary(write_ipa(ipa, executable=apple.executable()))).entitlements
    assert found is not None
    assert (found.source, found.push_environment) == ("profile", "production")


def test_localised_names_in_both_formats(ipa: Path) -> None:
    extra = {
        "de.lproj/InfoPlist.strings": plistlib.dumps({"CFBundleDisplayName": "Beispiel"}, fmt=plistlib.FMT_BINARY),
        "fr.lproj/InfoPlist.strings": b'"CFBundleName" = "L\\"exemple";\n',
        "ja.lproj/InfoPlist.strings": 'CFBundleDisplayName = "例";'.encode("utf-16"),
        "nl.lproj/InfoPlist.strings": b'NSCameraUsageDescription = "x";',
        "de.lproj/Main.strings": b'CFBundleDisplayName = "no";',
        # Within a word no key begins: looking for one at each letter took a minute for languages of one long word.
        "it.lproj/InfoPlist.strings": b"U" * 250_000 + b'CFBundleName = "no";',
    }
    names = ios(inspect_binary(write_ipa(ipa, extra))).localized_names
    assert names == {"de": "Beispiel", "fr": 'L"exemple', "ja": "例"}


def test_an_executable_with_several_architectures(ipa: Path) -> None:
    old = apple.executable(apple.ARMV7, old_platform_command=0x25, signed=False)
    new = apple.executable(apple.ARM64, entitlements={"aps-environment": "production"})
    fat = apple.universal((apple.ARMV7, old), (apple.ARM64, new))
    info = inspect_binary(write_ipa(ipa, executable=fat))
    assert info.architectures == ("armv7", "arm64")
    assert ios(info).mach_o_platforms == ("ios",)
    assert ios(info).mach_o_signed is False, "one slice is not signed"
    entitlements = ios(info).entitlements
    assert entitlements is not None and entitlements.source == "code-signature"


def test_an_old_intel_build_is_for_the_simulator(ipa: Path) -> None:
    executable = apple.executable(apple.X86_64, old_platform_command=0x25)
    assert inspect_binary(write_ipa(ipa, executable=executable)).os == "ios-simulator"


def test_more_extensions_than_are_read_are_told(ipa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otasite.binaries.bundles.MAX_NESTED", 2)
    extra = {f"PlugIns/{name}.appex/Info.plist": plistlib.dumps({}) for name in "ABC"}
    info = inspect_binary(write_ipa(ipa, extra))
    assert [(p.code, p.severity) for p in info.problems] == [("nested-too-many", "warning")]
