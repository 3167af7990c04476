"""What Android's installer asks of an APK: one change each to a build that installs."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from otasite.binaries.info import AndroidInfo
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import Verdict, verdict
from otasite.problems import Problem, ProblemsFound
from tests.binaries import apks, apple
from tests.binaries.apks import Ref, Resource, Tag, Value, compiled_xml, manifest
from tests.binaries.zips import write_zip

V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
OLD, MIDDLE, NEW = (apple.certificate(f"Example {name}") for name in ("Old", "Middle", "New"))
FLAG = Ref(0x7F010000)


def apk(path: Path, files: dict[str, bytes] | None = None, **description: Any) -> Path:
    """An APK that Android installs, signed with scheme v2."""
    apks.write_apk(path, files, **description)
    path.write_bytes(apks.with_signing_block(path.read_bytes(), {V2: apks.v2_block(OLD)}))
    return path


def android(path: Path) -> AndroidInfo:
    found = inspect_binary(path).android
    assert found is not None
    return found


def judged(path: Path) -> Verdict:
    return verdict(inspect_binary(path), apple.NOW)


def one(problems: tuple[Problem, ...]) -> tuple[str, str]:
    (problem,) = problems
    assert problem.hint
    return problem.code, problem.message


def inside_application(*children: Tag, **changes: Any) -> Tag:
    root = manifest(**changes)
    application = root.children[1]
    application.children = [*application.children, *children]
    return root


def test_an_ordinary_build_installs(tmp_path: Path) -> None:
    found = judged(apk(tmp_path / "x.apk"))
    assert (found.reasons, found.warnings) == ((), ())


SPLITS = Tag("meta-data", {"name": "com.android.vending.splits.required", "value": True})
NO_SPLITS = Tag("meta-data", {"name": "com.android.vending.splits.required", "value": False})


@pytest.mark.parametrize(
    "root",
    [
        manifest(isSplitRequired=True),
        manifest(application={"isSplitRequired": True}),
        manifest(requiredSplitTypes="base__abi,base__density"),
        inside_application(SPLITS),
    ],
    ids=["on the manifest", "on the application", "required types", "what Google Play reads"],
)
def test_the_base_of_a_split_app_does_not_install_alone(tmp_path: Path, root: Tag) -> None:
    code, message = one(judged(apk(tmp_path / "x.apk", root=root)).reasons)
    assert (code, "is the base of an app that is split" in message) == ("apk-split", True)


@pytest.mark.parametrize("root", [manifest(isSplitRequired=False), inside_application(NO_SPLITS)])
def test_a_base_that_says_it_needs_no_others_installs(tmp_path: Path, root: Tag) -> None:
    assert judged(apk(tmp_path / "x.apk", root=root)).installable


@pytest.mark.parametrize(
    ("sdk", "message"),
    [
        (
            {"minSdkVersion": 21, "targetSdkVersion": 22},
            "it targets SDK 22, Android 5.1: Android 14 and newer refuse it",
        ),
        (
            {"minSdkVersion": 21, "targetSdkVersion": 23},
            "it targets SDK 23, Android 6.0: Android 15 and newer refuse it",
        ),
        (
            {"minSdkVersion": 21},
            "it has no target SDK (that means 21), Android 5.0: Android 14 and newer refuse it",
        ),
        ({}, "it has no target SDK (that means 1), Android 1.0: Android 14 and newer refuse it"),
    ],
)
def test_targets_that_new_versions_refuse(tmp_path: Path, sdk: dict[str, Value], message: str) -> None:
    root = manifest(sdk=sdk)
    root.children = [Tag("uses-sdk", sdk), root.children[1]]
    found = judged(apk(tmp_path / "x.apk", root=root))
    assert one(found.warnings) == ("target-sdk-old", message)
    assert found.installable


def test_a_target_that_all_accept(tmp_path: Path) -> None:
    root = manifest(sdk={"minSdkVersion": 21, "targetSdkVersion": 24})
    assert not judged(apk(tmp_path / "x.apk", root=root)).warnings


@pytest.mark.parametrize("key", ["minSdkVersion", "targetSdkVersion"])
def test_previews_of_android(tmp_path: Path, key: str) -> None:
    root = manifest(sdk={"minSdkVersion": 21, "targetSdkVersion": 34} | {key: "Baklava"})
    code, message = one(judged(apk(tmp_path / "x.apk", root=root)).reasons)
    assert (code, "“Baklava”" in message) == ("sdk-preview", True)


@pytest.mark.parametrize(("target", "codes"), [(29, []), (30, ["resources-compressed"])])
def test_a_compressed_resource_table(tmp_path: Path, target: int, codes: list[str]) -> None:
    root = manifest(application={"label": FLAG}, sdk={"minSdkVersion": 21, "targetSdkVersion": target})
    path = apk(tmp_path / "x.apk", {"resources.arsc": table()}, root=root)
    assert [reason.code for reason in judged(path).reasons] == codes


def table(value: Value = "Example") -> bytes:
    return apks.resource_table([Resource(FLAG.number, value)])


@pytest.mark.parametrize(("target", "codes"), [(29, []), (30, ["resources-unaligned"])])
def test_a_resource_table_at_an_odd_place(tmp_path: Path, target: int, codes: list[str]) -> None:
    root = manifest(application={"label": FLAG}, sdk={"minSdkVersion": 21, "targetSdkVersion": target})
    files = {"AndroidManifest.xml": compiled_xml(root), "resources.arsc": table()}
    odd = {"x" * length: b"" for length in range(4)}
    for count in range(5):
        path = tmp_path / f"{count}.apk"
        write_zip(path, dict(list(odd.items())[:count]) | files, stored=files)
        path.write_bytes(apks.with_signing_block(path.read_bytes(), {V2: apks.v2_block(OLD)}))
        if android(path).resources_unaligned:
            assert [reason.code for reason in judged(path).reasons] == codes
            break
    else:
        pytest.fail("no archive had it at an odd place")


@pytest.mark.parametrize(
    ("blocks", "stripped"),
    [([], ("v2", "v3")), ([V2], ("v3",)), ([V2, V3], ())],
)
def test_signatures_that_were_taken_away(tmp_path: Path, blocks: list[int], stripped: tuple[str, ...]) -> None:
    path = apks.write_apk(tmp_path / "x.apk", apks.jar_signature(apple.signed(b"x"), others="2, 3"))
    if blocks:
        path.write_bytes(apks.with_signing_block(path.read_bytes(), dict.fromkeys(blocks, apks.v2_block(OLD))))
    assert android(path).stripped_schemes == stripped
    assert [reason.code for reason in judged(path).reasons] == (["signature-stripped"] if stripped else [])


@pytest.mark.parametrize("missing", ["META-INF/CERT.SF", "META-INF/MANIFEST.MF"])
def test_a_signer_without_the_files_beside_it_signs_nothing(tmp_path: Path, missing: str) -> None:
    files = apks.jar_signature(apple.signed(b"x"))
    del files[missing]
    path = apks.write_apk(tmp_path / "x.apk", files)
    assert android(path).signature_schemes == ()
    assert android(path).signers == ()
    assert [reason.code for reason in judged(path).reasons] == ["unsigned"]


def digest(der: bytes) -> str:
    import hashlib

    return hashlib.sha256(der).hexdigest()


def test_of_rotated_signers_the_newest_comes_first(tmp_path: Path) -> None:
    path = apks.write_apk(tmp_path / "x.apk")
    blocks = {
        V2: apks.v2_block(OLD),
        V3: apks.v3_block(MIDDLE, [OLD, MIDDLE]),
        V31: apks.v3_block(NEW, [OLD, MIDDLE, NEW]),
    }
    path.write_bytes(apks.with_signing_block(path.read_bytes(), blocks))
    found = android(path)
    assert [signer.sha256 for signer in found.signers] == [digest(NEW), digest(MIDDLE), digest(OLD)]
    assert found.lineage == (digest(OLD), digest(MIDDLE))
    assert found.signature_schemes == ("v2", "v3", "v3.1")
    assert found.signers[0].expires == apple.EXPIRES


def test_an_older_rotation_has_the_lineage_in_v3(tmp_path: Path) -> None:
    path = apks.write_apk(tmp_path / "x.apk")
    blocks = {V2: apks.v2_block(OLD), V3: apks.v3_block(NEW, [OLD, NEW])}
    path.write_bytes(apks.with_signing_block(path.read_bytes(), blocks))
    assert android(path).signers[0].sha256 == digest(NEW)
    assert android(path).lineage == (digest(OLD),)


@pytest.mark.parametrize(
    ("value", "debuggable"), [(True, True), (False, False), (1, True), (0, False), ("true", True)]
)
def test_debuggable_may_be_a_resource(tmp_path: Path, value: Value, debuggable: bool) -> None:
    root = manifest(application={"debuggable": FLAG})
    files = {"resources.arsc": table(value)}
    path = write_zip(tmp_path / "x.apk", files | {"AndroidManifest.xml": compiled_xml(root)}, stored=files)
    assert android(path).debuggable is debuggable


def test_what_follows_the_outermost_element_is_not_looked_at(tmp_path: Path) -> None:
    data = compiled_xml(manifest()) + struct.pack("<HHI", 0x102, 0, 0) * 3
    data = data[:4] + struct.pack("<I", len(data)) + data[8:]
    assert inspect_binary(apk(tmp_path / "x.apk", {"AndroidManifest.xml": data})).build == "42"


def test_an_identifier_without_a_dot(tmp_path: Path) -> None:
    assert one(judged(apk(tmp_path / "x.apk", root=manifest(package="a"))).reasons)[0] == "identifier-odd"


def test_two_files_of_one_name(tmp_path: Path) -> None:
    manifest_file = ("AndroidManifest.xml", compiled_xml(manifest()))
    path = write_zip(tmp_path / "x.apk", [manifest_file, manifest_file])
    path.write_bytes(apks.with_signing_block(path.read_bytes(), {V2: apks.v2_block(OLD)}))
    assert one(judged(path).reasons)[0] == "archive-duplicate"


def test_something_in_front_of_the_archive(tmp_path: Path) -> None:
    path = apk(tmp_path / "x.apk")
    path.write_bytes(b"MZ\0\0" + path.read_bytes())
    assert "archive-prefix" in [reason.code for reason in judged(path).reasons]


def test_backslashes_in_names_are_warned_of(tmp_path: Path) -> None:
    found = judged(apk(tmp_path / "x.apk", {"lib\\x86\\a.so": b""}))
    assert one(found.warnings)[0] == "archive-backslashes"
    assert found.installable


def test_an_app_whose_folders_are_backslashes(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.ipa", {"Payload\\A.app\\Info.plist": b"x"})
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(path)
    assert one(caught.value.problems)[0] == "archive-backslashes"
