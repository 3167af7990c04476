"""App bundles and archives of APKs: what they are is said of all, and a whole APK inside is the binary itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from otasite.binaries.icons import find_icon
from otasite.binaries.info import BinaryInfo
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import verdict
from otasite.problems import Problem, ProblemsFound
from tests.binaries import apks, apple
from tests.binaries.apks import Colour, Ref, Resource, Tag, Value, manifest
from tests.binaries.bundles_aab import resource_table, write_aab, xml_node
from tests.binaries.zips import write_zip

LABEL, ICON = Ref(0x7F010000), Ref(0x7F020000)
RESOURCES = [
    Resource(LABEL.number, "Beispiel", locale="de-DE"),
    Resource(LABEL.number, Ref(0x7F010005)),
    Resource(0x7F010005, "Example ß 🎈"),
    Resource(ICON.number, "res/mipmap-xxhdpi/icon.png", density=480),
    Resource(ICON.number, "res/mipmap-mdpi/icon.png", density=160),
]
#: Android 10 and older take a resource table that is compressed, as it is here.
SDK: dict[str, Value] = {"minSdkVersion": 21, "targetSdkVersion": 29}
ROOT = manifest(application={"label": LABEL, "icon": ICON, "debuggable": False}, versionName="2.0-rc1", sdk=SDK)


def picture(side: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), "teal").save(out, "PNG")
    return out.getvalue()


PICTURES = {"res/mipmap-xxhdpi/icon.png": picture(144), "res/mipmap-mdpi/icon.png": picture(48)}


def signed_apk(path: Path, files: dict[str, bytes] | None = None, **description: Any) -> bytes:
    """An APK that Android installs, as bytes."""
    data = apks.write_apk(path, files, **description).read_bytes()
    path.unlink()
    return apks.with_signing_block(data, {0x7109871A: apks.v2_block(apple.certificate("Example"))})


def reason(info: BinaryInfo) -> Problem:
    (only,) = verdict(info, apple.NOW).reasons
    return only


def test_a_bundle_says_what_its_app_is(tmp_path: Path) -> None:
    files = PICTURES | {"lib/arm64-v8a/a.so": b"", "lib/x86_64/a.so": b""}
    path = write_aab(tmp_path / "App.aab", files, root=ROOT, resources=RESOURCES)
    info = inspect_binary(path)
    assert (info.kind, info.os, info.identifier) == ("aab", "android", "com.example.app")
    assert (info.name, info.version, info.build, info.minimum_os) == ("Example ß 🎈", "2.0-rc1", "42", "5.0")
    assert info.architectures == ("arm64-v8a", "x86_64")
    assert info.size == path.stat().st_size
    assert not info.problems
    icon = find_icon(path).icon
    assert icon is not None and (icon.width, icon.source) == (144, "res/mipmap-xxhdpi/icon.png")


def test_a_bundle_is_refused_with_the_command_that_makes_an_apk(tmp_path: Path) -> None:
    found = reason(inspect_binary(write_aab(tmp_path / "My App.aab"), shown_as="build/My App.aab"))
    assert found.code == "android-app-bundle"
    command = "bundletool build-apks --mode=universal '--bundle=build/My App.aab' '--output=build/My App.apks'"
    assert f"`{command}`" in found.hint


def test_an_apk_and_a_bundle_of_one_app_say_the_same(tmp_path: Path) -> None:
    root = manifest(application={"label": LABEL, "icon": ICON}, versionCodeMajor=1)
    bundle = inspect_binary(write_aab(tmp_path / "x.aab", PICTURES, root=root, resources=RESOURCES), digests=False)
    apk = inspect_binary(apks.write_apk(tmp_path / "x.apk", PICTURES, root=root, resources=RESOURCES), digests=False)
    differing = {"file", "kind", "size", "archive_entries", "android", "facts"}
    said = [{k: v for k, v in msgspec.to_builtins(info).items() if k not in differing} for info in (bundle, apk)]
    assert said[0] == said[1]
    assert bundle.android is not None and apk.android is not None
    assert bundle.android.icons_by_density == apk.android.icons_by_density
    assert bundle.facts is not None and apk.facts is not None
    assert bundle.facts.permissions == apk.facts.permissions
    assert (bundle.facts.target_sdk, bundle.facts.build) == (apk.facts.target_sdk, apk.facts.build)


def test_an_adaptive_icon_in_a_bundle(tmp_path: Path) -> None:
    adaptive = Tag(
        "adaptive-icon",
        {},
        [Tag("foreground", {"drawable": Ref(0x7F030000)}), Tag("background", {"drawable": Ref(0x7F030001)})],
    )
    resources = [
        Resource(ICON.number, "res/icon.xml", density=0xFFFE),
        Resource(0x7F030000, "res/front.png", density=640),
        Resource(0x7F030001, Colour(0xFF0000FF)),
    ]
    files = {"res/icon.xml": xml_node(adaptive), "res/front.png": picture(108)}
    icon = find_icon(write_aab(tmp_path / "x.aab", files, resources=resources)).icon
    assert icon is not None and (icon.width, icon.height) == (72, 72)


@pytest.mark.parametrize(
    "data", [b"", b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x80" * 20, b"\x0a\x02\x1a\x05"]
)
def test_damaged_manifests_of_bundles(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(write_aab(tmp_path / "x.aab", {"manifest/AndroidManifest.xml": data}))
    assert [problem.code for problem in caught.value.problems] == ["manifest-unreadable"]


def test_a_damaged_table_of_a_bundle_is_a_warning(tmp_path: Path) -> None:
    data = resource_table(RESOURCES)[:-3]
    info = inspect_binary(write_aab(tmp_path / "x.aab", {"resources.pb": data}, root=ROOT))
    assert [(problem.code, problem.severity) for problem in info.problems] == [("resources-unreadable", "warning")]
    assert info.name == "com.example.app"


@pytest.mark.parametrize("name", ["universal.apk", "App.apk", "standalones/standalone-arm64.apk"])
def test_a_whole_apk_inside_is_the_binary(tmp_path: Path, name: str) -> None:
    inner = signed_apk(tmp_path / "inner.apk", PICTURES, root=ROOT, resources=RESOURCES)
    path = write_zip(tmp_path / "App.apks", {"toc.pb": b"x", name: inner})
    info = inspect_binary(path)
    (tmp_path / "same.apk").write_bytes(inner)
    alone = inspect_binary(tmp_path / "same.apk", shown_as="App.apks")
    assert info == msgspec.structs.replace(alone, taken_out=name)
    assert verdict(info, apple.NOW).installable
    icon = find_icon(path).icon
    assert icon is not None and icon.width == 144


def test_a_universal_apk_wins_over_splits(tmp_path: Path) -> None:
    inner = signed_apk(tmp_path / "inner.apk", root=manifest(versionCode=7))
    part = signed_apk(tmp_path / "part.apk", root=manifest(split="config.de"))
    info = inspect_binary(write_zip(tmp_path / "x.apks", {"splits/base-de.apk": part, "universal.apk": inner}))
    assert (info.taken_out, info.build) == ("universal.apk", "7")


@pytest.mark.parametrize(
    ("base", "part"),
    [
        ("splits/base-master.apk", "splits/base-xxhdpi.apk"),
        ("base.apk", "split_config.xxhdpi.apk"),
        ("com.example.app.apk", "config.xxhdpi.apk"),
    ],
    ids=["bundletool", "a phone", "APKPure"],
)
def test_a_set_of_splits_says_what_its_app_is(tmp_path: Path, base: str, part: str) -> None:
    """The base has the name; of its icon the part for sharp screens has the pictures."""
    root = manifest(application={"label": LABEL, "icon": ICON}, isSplitRequired=True)
    whole = signed_apk(tmp_path / "a.apk", root=root, resources=RESOURCES[:3])
    picture_part = signed_apk(
        tmp_path / "b.apk", PICTURES, root=manifest(split="config.xxhdpi"), resources=RESOURCES[3:4]
    )
    other = signed_apk(tmp_path / "c.apk", root=manifest(split="config.de"))
    path = write_zip(tmp_path / "App.xapk", {"config.de.apk": other, part: picture_part, base: whole})
    info = inspect_binary(path)
    assert (info.kind, info.name, info.build, info.taken_out) == ("apks", "Example ß 🎈", "42", "")
    assert info.size == path.stat().st_size
    found = reason(info)
    assert found.code == "apk-collection"
    assert "`bundletool build-apks --mode=universal --bundle=App.aab --output=App.apks`" in found.hint
    icon = find_icon(path).icon
    assert icon is not None and icon.width == 144


def test_one_apk_beside_expansion_files_is_not_whole(tmp_path: Path) -> None:
    inner = signed_apk(tmp_path / "inner.apk")
    files = {"com.example.app.apk": inner, "Android/obb/com.example.app/main.42.com.example.app.obb": b"x"}
    assert inspect_binary(write_zip(tmp_path / "x.xapk", files)).kind == "apks"


def test_an_archive_inside_an_archive_inside(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.apks", {"universal.apk": signed_apk(tmp_path / "a.apk")}).read_bytes()
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(write_zip(tmp_path / "x.apks", {"universal.apk": inner}))
    assert [problem.code for problem in caught.value.problems] == ["archive-entry-missing"]


def test_an_apk_inside_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(write_zip(tmp_path / "x.apks", {"universal.apk": b"<html>"}))
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.location)) == ("binary-html", "x.apks")
    assert problem.message.startswith("of “universal.apk” inside: this is a web page")


def test_a_bundle_without_a_base_module(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(write_zip(tmp_path / "x.aab", {"BundleConfig.pb": b"x"}))
    assert [problem.code for problem in caught.value.problems] == ["android-app-bundle"]
