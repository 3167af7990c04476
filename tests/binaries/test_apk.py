"""What an .apk says, in every form its tables come in; another reader is asked for a second opinion."""

from __future__ import annotations

import hashlib
import io
import plistlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from otasite.binaries.icons import find_icon
from otasite.binaries.info import AndroidInfo, BinaryInfo
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import verdict
from otasite.problems import ProblemsFound
from tests.binaries import apple
from tests.binaries.apks import (
    Colour,
    Ref,
    Resource,
    Tag,
    compiled_xml,
    jar_signature,
    manifest,
    v2_block,
    with_signing_block,
    write_apk,
)

V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
LABEL, ICON, VERSION = Ref(0x7F010000), Ref(0x7F020000), Ref(0x7F010005)


@pytest.fixture
def apk(tmp_path: Path) -> Path:
    return tmp_path / "Example.apk"


def android(info: BinaryInfo) -> AndroidInfo:
    assert info.android is not None
    return info.android


def reasons(info: BinaryInfo) -> list[str]:
    return [reason.code for reason in verdict(info, apple.NOW).reasons]


def picture(side: int, colour: str = "red", kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), colour).save(out, kind)
    return out.getvalue()


def signed(path: Path, *numbers: int, certificate: bytes | None = None) -> Path:
    block = v2_block(certificate or apple.certificate("Example Release"))
    path.write_bytes(with_signing_block(path.read_bytes(), dict.fromkeys(numbers, block)))
    return path


def test_an_ordinary_apk(apk: Path) -> None:
    info = inspect_binary(signed(write_apk(apk, {"lib/arm64-v8a/a.so": b"", "lib/x86/a.so": b""}), V2, V3))
    assert (info.kind, info.os, info.identifier) == ("apk", "android", "com.example.app")
    assert (info.name, info.version, info.build) == ("Example", "1.10", "42")
    assert (info.minimum_os, android(info).min_sdk, android(info).target_sdk) == ("5.0", "21", "34")
    assert info.architectures == ("arm64-v8a", "x86")
    assert android(info).signature_schemes == ("v2", "v3")
    found = verdict(info, apple.NOW)
    assert (found.installable, found.audience, found.until) == (True, "anyone", None)


@pytest.mark.parametrize("form", ["plain", "sparse", "offset16", "compact"])
@pytest.mark.parametrize("utf8", [True, False])
def test_labels_and_versions_behind_references(apk: Path, form: str, utf8: bool) -> None:
    root = manifest(application={"label": LABEL}, versionName=VERSION)
    resources = [
        Resource(LABEL.number, "Beispiel", locale="de"),
        Resource(LABEL.number, "Example – 例 🎈"),
        Resource(VERSION.number, Ref(0x7F010009)),
        Resource(0x7F010009, "2.0-rc1"),
    ]
    info = inspect_binary(write_apk(apk, root=root, resources=resources, form=form, utf8=utf8))
    assert (info.name, info.version) == ("Example – 例 🎈", "2.0-rc1")


def test_attribute_names_may_be_stripped(apk: Path) -> None:
    info = inspect_binary(write_apk(apk, keep_names=False))
    assert (info.name, info.version, info.build) == ("Example", "1.10", "42")


def test_a_long_label(apk: Path) -> None:
    label = "long " * 60
    assert inspect_binary(write_apk(apk, root=manifest(application={"label": label}))).name == label.strip()


def test_the_launcher_names_the_app_when_the_application_does_not(apk: Path) -> None:
    root = manifest(application={"label": ""}, launcher={"label": "From the launcher"})
    assert inspect_binary(write_apk(apk, root=root)).name == "From the launcher"


@pytest.mark.parametrize(
    ("attributes", "build"),
    [
        ({"versionCode": 7}, "7"),
        ({"versionCode": "7"}, "7"),
        ({"versionCode": 5, "versionCodeMajor": 1}, "4294967301"),
    ],
)
def test_version_codes(apk: Path, attributes: dict[str, Any], build: str) -> None:
    assert inspect_binary(write_apk(apk, root=manifest(**attributes))).build == build


def test_references_in_a_circle_end(apk: Path) -> None:
    resources = [Resource(LABEL.number, Ref(0x7F010001)), Resource(0x7F010001, LABEL)]
    info = inspect_binary(write_apk(apk, root=manifest(application={"label": LABEL}), resources=resources))
    assert info.name == "com.example.app"


def test_a_version_that_points_nowhere_is_an_error(apk: Path) -> None:
    info = inspect_binary(write_apk(apk, root=manifest(versionName=VERSION, versionCode=LABEL)))
    assert [problem.code for problem in info.problems] == ["apk-incomplete", "apk-incomplete"]


def test_flags(apk: Path) -> None:
    info = inspect_binary(
        write_apk(apk, root=manifest(application={"debuggable": True, "testOnly": True}, split="de"))
    )
    assert (android(info).debuggable, android(info).test_only, android(info).split) == (True, True, "de")
    assert reasons(info) == ["apk-split", "apk-test-only", "unsigned"]


@pytest.mark.parametrize(("target", "expected"), [(29, []), (30, ["signature-too-old"])])
def test_the_oldest_signature_is_not_enough_for_new_targets(apk: Path, target: int, expected: list[str]) -> None:
    root = manifest(sdk={"minSdkVersion": 16, "targetSdkVersion": target})
    info = inspect_binary(write_apk(apk, jar_signature(apple.signed(b"x")), root=root))
    assert android(info).signature_schemes == ("v1",)
    assert reasons(info) == expected


def test_signers(apk: Path) -> None:
    debug = apple.certificate("Android Debug")
    write_apk(apk, jar_signature(apple.signed(b"x")))
    info = inspect_binary(signed(apk, V2, V31, certificate=debug))
    assert android(info).signature_schemes == ("v1", "v2", "v3.1")
    first, second = android(info).signers
    assert (first.sha256, first.debug) == (hashlib.sha256(debug).hexdigest(), True)
    assert (second.subject, second.debug) == ("Common Name: Example Signing Authority", False)


ICONS = [
    Resource(ICON.number, "res/m.png", density=160),
    Resource(ICON.number, "res/x.webp", density=640),
    Resource(ICON.number, "res/icon.xml", density=0xFFFE, sdk=26),
]


def test_the_densest_raster_icon(apk: Path) -> None:
    files = {"res/m.png": picture(48), "res/x.webp": picture(192, kind="WEBP"), "res/icon.xml": b"x"}
    write_apk(apk, files, resources=ICONS)
    assert android(inspect_binary(apk)).icons_by_density == {
        160: "res/m.png", 640: "res/x.webp", 0xFFFE: "res/icon.xml"
    }  # fmt: skip
    icon = find_icon(apk).icon
    assert icon is not None
    assert (icon.source, icon.width) == ("res/x.webp", 192)
    assert icon.as_png().startswith(b"\x89PNG")


def test_a_missing_dense_icon_gives_way(apk: Path) -> None:
    search = find_icon(write_apk(apk, {"res/m.png": picture(48)}, resources=ICONS))
    assert search.icon is not None and search.icon.source == "res/m.png"
    assert "res/x.webp" in search.notes[0]


@pytest.mark.parametrize("background", [Colour(0xFF0000FF), Ref(0x7F030001), Ref(0x7F030002)])
def test_an_adaptive_icon_of_raster_layers(apk: Path, background: Any) -> None:
    adaptive = Tag(
        "adaptive-icon",
        {},
        [Tag("background", {"drawable": background}), Tag("foreground", {"drawable": Ref(0x7F030000)})],
    )
    resources = [
        Resource(ICON.number, "res/icon.xml", density=0xFFFE),
        Resource(0x7F030000, "res/front.png", density=640),
        Resource(0x7F030001, Colour(0xFF0000FF)),
        Resource(0x7F030002, "res/back.png"),
    ]
    front = Image.new("RGBA", (432, 432), (0, 0, 0, 0))
    front.paste((255, 0, 0, 255), (200, 200, 232, 232))
    out = io.BytesIO()
    front.save(out, "PNG")
    files = {
        "res/icon.xml": compiled_xml(adaptive),
        "res/front.png": out.getvalue(),
        "res/back.png": picture(8, "blue"),
    }
    icon = find_icon(write_apk(apk, files, resources=resources)).icon
    assert icon is not None
    assert (icon.width, icon.height) == (288, 288)
    image = Image.open(io.BytesIO(icon.as_png())).convert("RGBA")
    assert image.getpixel((144, 144)) == (255, 0, 0, 255)
    assert image.getpixel((2, 2)) == (0, 0, 255, 255)


def test_a_drawn_icon_is_said_to_be_one(apk: Path) -> None:
    vector = Tag("adaptive-icon", {}, [Tag("foreground", {"drawable": Ref(0x7F030000)})])
    resources = [Resource(ICON.number, "res/icon.xml"), Resource(0x7F030000, "res/vector.xml")]
    search = find_icon(write_apk(apk, {"res/icon.xml": compiled_xml(vector)}, resources=resources))
    assert search.icon is None
    assert "vector" in search.notes[0] and "drawn tile" in search.notes[-1]


@pytest.mark.parametrize(
    "damage", [b"", b"junk", b"\x03\x00\x08\x00\xff\xff\xff\xff", compiled_xml(manifest())[:200]]
)
def test_a_damaged_manifest(apk: Path, damage: bytes) -> None:
    write_apk(apk, {"AndroidManifest.xml": damage})
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(apk)
    assert caught.value.problems[0].code == "manifest-unreadable"


@pytest.mark.parametrize(("excess", "after"), [(0, b"junk"), (1000, b"")])
def test_a_wrong_length_around_everything_does_no_harm(apk: Path, excess: int, after: bytes) -> None:
    data = compiled_xml(manifest())
    data = data[:4] + (len(data) + excess).to_bytes(4, "little") + data[8:] + after
    assert inspect_binary(write_apk(apk, {"AndroidManifest.xml": data})).identifier == "com.example.app"


def test_damaged_resources_are_a_warning(apk: Path) -> None:
    info = inspect_binary(write_apk(apk, {"resources.arsc": b"junk"}, root=manifest(application={"label": LABEL})))
    assert [(p.code, p.severity) for p in info.problems] == [("resources-unreadable", "warning")]
    assert info.name == "com.example.app"


def test_an_ipa_inside_an_apk_is_an_ipa(apk: Path) -> None:
    """What decides is the content, not the name: the app's Info.plist comes first."""
    write_apk(apk, {"Payload/A.app/Info.plist": plistlib.dumps({"CFBundleIdentifier": "a.b"})})
    assert inspect_binary(apk).kind == "ipa"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("utf8", [True, False])
def test_another_reader_agrees(apk: Path, utf8: bool) -> None:
    from pyaxmlparser import APK

    root = manifest(application={"label": LABEL}, versionName=VERSION)
    resources = [Resource(LABEL.number, "Example ß"), Resource(VERSION.number, "3.1"), *ICONS]
    info = inspect_binary(write_apk(apk, root=root, resources=resources, utf8=utf8))
    other = APK(str(apk))
    assert (info.identifier, info.build) == (other.package, other.version_code)
    assert info.name == other.application
    assert info.version == "3.1"
    assert (android(info).min_sdk, android(info).target_sdk) == (
        other.get_min_sdk_version(),
        other.get_target_sdk_version(),
    )
