"""What is inside of a build: read from self-made binaries, and as other readers have it."""

from __future__ import annotations

import hashlib
import json
import plistlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from otasite.binaries import macho
from otasite.binaries.android_permissions import level_of
from otasite.binaries.inspect import inspect_binary
from otasite.facts.model import BuildFacts, Permission, ReleaseFacts
from tests.binaries import apks, apple
from tests.binaries.apks import Tag
from tests.binaries.ipas import APP, info_values, nested_files, write_ipa
from tests.binaries.rich import ENTITLEMENTS, PRIVACY, SYMBOLS, TRANSLATED, rich_apk, rich_ipa, rich_manifest


@pytest.fixture
def ipa(tmp_path: Path) -> Path:
    return tmp_path / "Example.ipa"


@pytest.fixture
def apk(tmp_path: Path) -> Path:
    return tmp_path / "example.apk"


def facts(path: Path) -> BuildFacts:
    found = inspect_binary(path).facts
    assert found is not None
    return found


def test_permission_texts_of_an_ipa_in_every_language(ipa: Path) -> None:
    camera, microphone = facts(rich_ipa(ipa)).usage
    assert (camera.key, camera.text) == ("NSCameraUsageDescription", "To scan")
    assert camera.texts == {"de": "Zum Scannen", "fr": "Pour scanner"}
    assert (microphone.key, microphone.text, microphone.texts) == ("NSMicrophoneUsageDescription", "To record", {})


def test_entitlements_of_an_ipa_are_those_that_were_signed(ipa: Path) -> None:
    found = facts(rich_ipa(ipa))
    assert found.entitlements == {
        "aps-environment": "production",
        "com.apple.developer.associated-domains": ("applinks:example.com",),
        "com.apple.developer.healthkit": True,
        "get-task-allow": False,
    }
    assert ENTITLEMENTS["application-identifier"] not in found.entitlements.values()
    assert found.domains == ("applinks:example.com",)
    assert not found.debuggable


def test_what_else_the_lists_of_an_ipa_say(ipa: Path) -> None:
    found = facts(rich_ipa(ipa))
    assert found.url_schemes == ("example", "example-beta")
    assert found.modes == ("location", "remote-notification")
    assert found.features == ("arm64", "nfc")
    assert found.encryption is False
    assert found.languages == ("de", "en", "fr")
    assert found.sdk == "iphoneos17.0"
    assert found.build_tools == {"xcode": "15.0", "xcode_build": "15A240d", "macos_build": "22G120"}
    assert (found.minimum_os, found.architectures, found.device_family) == ("15.0", ("arm64",), ("iphone", "ipad"))


def test_an_ipa_that_says_little_has_few_facts(ipa: Path) -> None:
    found = facts(write_ipa(ipa, executable=None, profile=None, sealed=False))
    assert (found.encryption, found.privacy, found.signers) == (None, None, ())
    assert (found.usage, found.entitlements, found.libraries) == ((), {}, ())


def test_libraries_of_an_ipa_with_their_versions(ipa: Path) -> None:
    framework, library = facts(rich_ipa(ipa)).libraries
    assert (framework.name, framework.kind, framework.version) == ("Maps", "framework", "10.2.1")
    assert framework.size > 5000
    assert (library.name, library.kind, library.version) == ("libswiftCore.dylib", "dynamic-library", "5.9.3")


def test_extensions_of_an_ipa(ipa: Path) -> None:
    (part,) = facts(rich_ipa(ipa)).parts
    assert (part.kind, part.identifier) == ("extension", "com.example.app.share")
    assert (part.extension_point, part.name) == ("com.apple.share-services", "Share")
    assert part.usage == {"NSPhotoLibraryUsageDescription": "To share"}
    assert part.entitlements == {"com.apple.security.application-groups": ("group.com.example.app",)}


def test_groups_of_a_keychain_and_texts_for_each_purpose_are_facts(ipa: Path) -> None:
    """Both are compared with the source by AltStore; what only names app and team is not."""
    purposes = {"NSLocationTemporaryUsageDescriptionDictionary": {"way": "To guide", "near": "To find"}}
    group = {"keychain-access-groups": [f"{apple.TEAM}.shared"], "com.apple.developer.team-identifier": apple.TEAM}
    signed = apple.executable(entitlements=ENTITLEMENTS | group)
    found = facts(write_ipa(ipa, info=info_values(**purposes), executable=signed))
    assert found.entitlements["keychain-access-groups"] == (f"{apple.TEAM}.shared",)
    assert "com.apple.developer.team-identifier" not in found.entitlements
    (usage,) = found.usage
    assert (usage.key, usage.text) == ("NSLocationTemporaryUsageDescriptionDictionary", "To find To guide")


def test_privacy_manifests_of_app_and_frameworks_are_taken_together(ipa: Path) -> None:
    privacy = facts(rich_ipa(ipa)).privacy
    assert privacy is not None
    assert (privacy.own, privacy.tracking, privacy.tracking_domains) == (True, True, ("ads.example.com",))
    (data,) = privacy.collected
    assert (data.type, data.linked, data.tracking) == ("EmailAddress", True, False)
    assert data.purposes == ("AppFunctionality",)
    (api,) = privacy.apis
    assert (api.category, api.reasons) == ("UserDefaults", ("1C8F.1", "CA92.1"))


def test_apis_that_need_a_reason_show_among_the_symbols(ipa: Path) -> None:
    assert facts(rich_ipa(ipa)).api_categories == ("SystemBootTime", "UserDefaults")
    assert facts(rich_ipa(ipa, symbols=("_malloc", "_xstat", "_mach_absolute_times"))).api_categories == ()


def test_symbols_are_found_wherever_the_pieces_end() -> None:
    """The names are looked through in pieces of a mebibyte: one of them lies across each end in turn."""
    for padding in range(2**20 - 40, 2**20 + 4):
        data = apple.executable(symbols=["_" * padding, "_statfs", "_z"])
        found = macho.read_executable(_Reader(data), symbols=(b"_statfs", b"_stat", b"_z"))
        assert found.symbols == {b"_statfs", b"_z"}, padding
        assert found.signature is not None, "what comes after is still found"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int, /) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


def test_the_signer_of_an_ipa(ipa: Path) -> None:
    (signer,) = facts(rich_ipa(ipa)).signers
    assert signer.sha256 == hashlib.sha256(apple.certificate()).hexdigest()
    assert (signer.kind, signer.expires, signer.debug) == ("iPhone Distribution", apple.EXPIRES, False)


def test_sizes_of_an_ipa_by_part(ipa: Path) -> None:
    found = facts(rich_ipa(ipa))
    with zipfile.ZipFile(ipa) as archive:
        own = [info for info in archive.infolist() if info.filename.startswith(APP)]
        code = archive.getinfo(f"{APP}Example").file_size
    assert (found.sizes["program"], found.sizes["assets"]) == (code, 3000)
    assert found.sizes["frameworks"] > 5000 and found.sizes["extensions"] > 0 and found.sizes["localisations"] > 100
    assert found.installed_size == sum(found.sizes.values()) == sum(info.file_size for info in own)
    assert (found.download_size, found.sha256) == (ipa.stat().st_size, hashlib.sha256(ipa.read_bytes()).hexdigest())


def test_permissions_of_an_apk_with_their_levels(apk: Path) -> None:
    levels = {permission.name: permission.level for permission in facts(rich_apk(apk)).permissions}
    assert levels == {
        "android.permission.CAMERA": "dangerous",
        "android.permission.INTERNET": "normal",
        "android.permission.REBOOT": "signature",
        "android.permission.RECORD_AUDIO": "dangerous",
        "android.permission.SYSTEM_ALERT_WINDOW": "special",
        "android.permission.WRITE_EXTERNAL_STORAGE": "dangerous",
        "com.example.app.OWN": "signature",
        "com.other.THEIRS": "unknown",
    }


def test_a_permission_may_be_for_old_versions_only(apk: Path) -> None:
    name = "android.permission.WRITE_EXTERNAL_STORAGE"
    old = Permission(name=name, level="dangerous", until_sdk=28)
    assert old in facts(rich_apk(apk)).permissions
    for_all = rich_manifest(Tag("uses-permission", {"name": name}))
    assert Permission(name=name, level="dangerous") in facts(rich_apk(apk, root=for_all)).permissions


def test_what_else_the_manifest_of_an_apk_says(apk: Path) -> None:
    found = facts(rich_apk(apk, resources=TRANSLATED))
    assert found.features == ("android.hardware.camera",)
    assert (found.services, found.modes) == (("accessibility",), ("dataSync", "location"))
    assert (found.url_schemes, found.domains) == (("example",), ("example.com",))
    assert (found.min_sdk, found.target_sdk, found.sdk, found.minimum_os) == (21, 34, "35", "5.0")
    assert found.languages == ("de",)


def test_attributes_whose_names_were_stripped_are_known_by_number(apk: Path) -> None:
    whole = facts(rich_apk(apk))
    apks.write_apk(apk, root=rich_manifest(), keep_names=False)
    assert (facts(apk).permissions, facts(apk).domains) == (whole.permissions, whole.domains)


def test_libraries_and_tools_of_an_apk(apk: Path) -> None:
    found = facts(rich_apk(apk))
    app, extra, core = found.libraries
    assert (app.name, app.kind, app.abis, app.size) == (
        "libapp.so", "native-library", ("arm64-v8a", "armeabi-v7a"), 4000,
    )  # fmt: skip
    assert (extra.name, extra.abis) == ("libextra.so", ("arm64-v8a",))
    assert (core.name, core.kind, core.version) == ("androidx.core:core", "library", "1.13.1")
    assert found.build_tools == {"android_gradle_plugin": "8.5.0", "gradle": "8.7", "kotlin": "2.0.0"}


def test_sizes_of_an_apk_by_part(apk: Path) -> None:
    found = facts(rich_apk(apk))
    assert (found.sizes["program"], found.sizes["frameworks"], found.sizes["assets"]) == (10_000, 7700, 500)
    assert found.installed_size == apk.stat().st_size + 4700, "the libraries of one ABI are unpacked beside the APK"


def test_the_signer_of_an_apk(apk: Path) -> None:
    signer = facts(rich_apk(apk)).signer
    assert signer is not None
    assert signer.sha256 == hashlib.sha256(apple.certificate("Example")).hexdigest()


def test_facts_name_no_device_and_no_place(ipa: Path, apk: Path, tmp_path: Path) -> None:
    for path in (rich_ipa(ipa), rich_apk(apk)):
        written = msgspec.json.encode(facts(path)).decode()
        assert str(tmp_path) not in written and path.name not in written
        assert not any(device in written for device in apple.DEVICES)


@pytest.mark.parametrize("make", [rich_ipa, rich_apk])
def test_facts_survive_being_written_and_are_the_same_each_time(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    first, second = facts(make(tmp_path / "a")), facts(make(tmp_path / "b"))
    assert first == second
    kept = msgspec.json.encode(ReleaseFacts(ios=first))
    assert msgspec.json.decode(kept, type=ReleaseFacts).ios == first


def test_hostile_lists_make_bounded_facts(ipa: Path, apk: Path) -> None:
    many = {f"NS{'A' * (n % 50)}{chr(65 + n % 26)}UsageDescription": "x" * 100_000 for n in range(1300)}
    files = {f"Frameworks/F{n}.framework/F": b"" for n in range(2000)}
    files |= {"PrivacyInfo.xcprivacy": b"junk", "InfoPlist.loctable": plistlib.dumps({"de": ["x"], "fr": {"a": [1]}})}
    assert len(msgspec.json.encode(facts(rich_ipa(ipa, files, **many)))) < 1_000_000
    asked = [Tag("uses-permission", {"name": f"a{n}.{'b' * 1000}"}) for n in range(520)]
    noise = {"kotlin-tooling-metadata.json": b"[" * 60_000, "META-INF/a_b.version": b"\xff" * 100}
    found = facts(rich_apk(apk, noise, rich_manifest(*asked)))
    assert len(found.permissions) == 500
    assert len(msgspec.json.encode(found)) < 1_000_000


def test_hostile_extensions_make_bounded_facts(ipa: Path) -> None:
    """What they say together is bounded, and the app's own comes first."""
    texts = {f"NS{'A' * n}UsageDescription": "x" * 400 for n in range(1, 60)}
    groups = {"com.apple.security.application-groups": [f"group.{n}.{'y' * 400}" for n in range(300)]}
    allowed = apple.profile(Entitlements=groups)
    files: dict[str, bytes] = {}
    for n in range(20):
        files |= nested_files(
            f"PlugIns/E{n}.appex", f"com.example.e{n}", info=texts, profile=allowed, executable=None
        )
    found = facts(rich_ipa(ipa, files))
    assert len(found.parts) == 21
    assert found.entitlements["com.apple.developer.healthkit"] is True
    assert len(msgspec.json.encode(found)) < 1_000_000


def test_a_claim_of_more_than_there_can_be_stays_a_number(ipa: Path) -> None:
    from tests.binaries.zips import with_sizes

    rich_ipa(ipa, {"huge.bin": b"x"})
    ipa.write_bytes(with_sizes(ipa.read_bytes(), f"{APP}huge.bin", 2**32 - 2))
    assert facts(ipa).sizes["resources"] > 2**31


def test_levels_of_androids_own_permissions() -> None:
    assert level_of("android.permission.POST_NOTIFICATIONS") == "dangerous"
    assert level_of("android.permission.QUERY_ALL_PACKAGES") == "normal"
    assert level_of("android.permission.MANAGE_EXTERNAL_STORAGE") == "special"
    assert level_of("android.permission.INSTALL_PACKAGES") == "signature"
    assert level_of("com.android.voicemail.permission.ADD_VOICEMAIL") == "dangerous"


# --- other readers ------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_pyaxmlparser_finds_the_same_permissions_and_features(apk: Path) -> None:
    from pyaxmlparser import APK

    found, other = facts(rich_apk(apk)), APK(str(apk))
    newer = {"android.permission.RECORD_AUDIO"}  # <uses-permission-sdk-23>, which it does not know
    assert {permission.name for permission in found.permissions} - newer == set(other.get_permissions())
    assert "android.hardware.camera" in set(other.get_all_attribute_value("uses-feature", "name"))
    assert str(found.target_sdk) == other.get_target_sdk_version()


@pytest.mark.filterwarnings("ignore")
def test_androguard_gives_the_same_levels(apk: Path) -> None:
    """A second opinion where it is installed: its table is made from another copy of Android's sources."""
    reason = "androguard is not installed (a second opinion only)"
    resources = pytest.importorskip("androguard.core.api_specific_resources", reason=reason)
    theirs = resources.load_permissions(35)
    ours = {name: level_of(name) for name in theirs if name.startswith("android.permission.")}
    for name, level in ours.items():
        stated = theirs[name]["protectionLevel"].split("|")[0]
        assert level == "special" or level == (stated if stated in {"normal", "dangerous"} else "signature"), name


def test_lief_finds_the_same_symbols_and_version(tmp_path: Path) -> None:
    """A second opinion where it is installed."""
    lief = pytest.importorskip("lief", reason="LIEF is not installed (a second opinion only)")
    program = lief.MachO.parse(list(apple.executable(symbols=SYMBOLS))).at(0)
    assert {symbol.name for symbol in program.symbols} == set(SYMBOLS)
    library = lief.MachO.parse(list(apple.executable(library_version=0x050903, signed=False))).at(0)
    command = next(item for item in library.commands if item.command == lief.MachO.LoadCommand.TYPE.ID_DYLIB)
    assert list(command.current_version) == [5, 9, 3]


def test_plistlib_reads_the_same_privacy_manifest(ipa: Path) -> None:
    rich_ipa(ipa)
    with zipfile.ZipFile(ipa) as archive:
        values = plistlib.loads(archive.read(f"{APP}PrivacyInfo.xcprivacy"))
    assert values == json.loads(json.dumps(PRIVACY))
    privacy = facts(ipa).privacy
    assert privacy is not None
    (kind,) = {item["NSPrivacyCollectedDataType"] for item in values["NSPrivacyCollectedDataTypes"]}
    assert kind == f"NSPrivacyCollectedDataType{privacy.collected[0].type}"
