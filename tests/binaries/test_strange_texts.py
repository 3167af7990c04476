"""Values that no build tool writes: they are read, left out or said, and nothing falls over them."""

from __future__ import annotations

import datetime as dt
import os
import plistlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from otasite.binaries import plists
from otasite.binaries.certificates import read_certificate
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import verdict
from otasite.problems import ProblemsFound
from tests.binaries import apple, attacks
from tests.binaries.apks import Value, manifest, write_apk
from tests.binaries.ipas import info_values, write_ipa

#: An escape character, a bell, text turned around, and two characters that no XML may hold.
HOSTILE = "\x1b]0;x\x07\u202e\ufffe\uffff"
UNSHOWABLE = set("\x1b\x07\u202e\ufffe\uffff")


def binary(values: dict[str, Any]) -> bytes:
    """plistlib refuses to write control characters in XML; the binary form takes them."""
    return plistlib.dumps(values, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        (["1", " 2 "], ("iphone", "ipad")),
        ("1", ("iphone",)),
        (["²", "١", "0x1", "", "9" * 5000, True, 1.0, -1, 2**64 - 1], ()),
    ],
)
def test_device_families_as_people_write_them(tmp_path: Path, families: object, expected: tuple[str, ...]) -> None:
    info = inspect_binary(write_ipa(tmp_path / "x.ipa", info=info_values(UIDeviceFamily=families)))
    assert info.device_family == expected


@pytest.mark.parametrize(("digits", "build"), [("0x10", "16"), ("0x" + "F" * 5000, "1.10")])
def test_whole_numbers_in_hexadecimal(tmp_path: Path, digits: str, build: str) -> None:
    """One that has more than 64 bits is no build number: the version stands in, as where there is none."""
    text = plistlib.dumps(info_values(CFBundleVersion="BUILD")).decode()
    text = text.replace("<string>BUILD</string>", f"<integer>{digits}</integer>")
    assert inspect_binary(write_ipa(tmp_path / "x.ipa", {"Info.plist": text.encode()})).build == build


def test_keys_that_are_numbers(tmp_path: Path) -> None:
    keys: list[object] = list(plists.load(attacks.number_as_key()))
    assert keys == [-1]
    entitlements = apple.executable(entitlements_data=attacks.number_as_key())
    info = inspect_binary(write_ipa(tmp_path / "x.ipa", executable=entitlements))
    assert info.ios is not None and info.ios.entitlements is not None
    assert info.ios.entitlements.all_keys == ()


def test_numbers_of_an_apk_with_thousands_of_digits(tmp_path: Path) -> None:
    digits = "9" * 5000
    sdk: dict[str, Value] = {"targetSdkVersion": digits, "minSdkVersion": "１"}
    root = manifest(versionCode=digits, versionCodeMajor=3, sdk=sdk)
    info = inspect_binary(write_apk(tmp_path / "x.apk", root=root))
    assert info.minimum_os == ""
    assert verdict(info, apple.NOW).reasons


@pytest.mark.parametrize(
    ("moment", "expires"),
    [
        (b"20270101000000Z", dt.datetime(2027, 1, 1, tzinfo=dt.UTC)),
        (b"20270101000000", dt.datetime(2027, 1, 1, tzinfo=dt.UTC)),
        (b"00000101000000Z", None),
    ],
)
def test_certificates_that_end_at_moments_unknown_to_python(moment: bytes, expires: dt.datetime | None) -> None:
    """Without a zone, which means UTC, and in the year 0, which is no date."""
    found = read_certificate(attacks.end_of_time(moment))
    assert (found and found.expires) == expires


def hostile_ipa(path: Path) -> Path:
    values = {
        key: value + HOSTILE if isinstance(value, str) and key != "CFBundleExecutable" else value
        for key, value in info_values(CFBundleIconFiles=[f"Icon{HOSTILE}"]).items()
    }
    entitlements = {"application-identifier": HOSTILE, HOSTILE: True, "aps-environment": HOSTILE}
    extra = {
        "Info.plist": binary(values),
        "embedded.mobileprovision": binary({"Name": HOSTILE, "TeamName": HOSTILE, "Entitlements": entitlements}),
        f"PlugIns/Sh{HOSTILE}.appex/Info.plist": binary(values),
        "fr.lproj/InfoPlist.strings": binary({"CFBundleDisplayName": HOSTILE}),
    }
    return write_ipa(path, extra, folder=f"Pay{HOSTILE}/Payload/Exa{HOSTILE}mple.app/")


def hostile_apk(path: Path) -> Path:
    root = manifest(application={"label": f"x{HOSTILE}"}, versionName=HOSTILE, split=HOSTILE, package=HOSTILE)
    return write_apk(path, {f"lib/x{HOSTILE}86/a.so": b""}, root=root)


def damaged_ipa(path: Path) -> Path:
    return write_ipa(path, {"Info.plist": b"<plist>"}, folder=f"Payload/Exa{HOSTILE}mple.app/")


def texts(value: object) -> Iterator[str]:
    """Every text in a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*texts(key), *texts(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


@pytest.mark.parametrize("make", [hostile_ipa, hostile_apk, damaged_ipa])
def test_nothing_that_steers_a_terminal_leaves_a_binary(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "x")
    try:
        info = inspect_binary(path, shown_as=f"binaries/{HOSTILE}.bin")
        found = msgspec.to_builtins([info, verdict(info, apple.NOW)])
    except ProblemsFound as refused:
        found = msgspec.to_builtins(refused.problems)
    said = list(texts(found))
    assert not [text for text in said if set(text) & UNSHOWABLE]
    assert any("]0;x" in text for text in said)


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names of files are Unicode there")
def test_a_file_whose_name_is_no_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/App\xff.ipa"))
    info = inspect_binary(write_ipa(path))
    assert info.file == "App .ipa"
    assert msgspec.json.encode(info)
    path.write_bytes(b"")
    with pytest.raises(ProblemsFound) as caught:
        inspect_binary(path)
    assert str(caught.value).encode() == b"App .ipa: the file is empty"
