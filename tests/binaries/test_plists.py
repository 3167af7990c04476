"""Property lists: attacks on XML and on the binary form, and the types that real files mix up."""

from __future__ import annotations

import datetime as dt
import plistlib
from typing import Any

import pytest

from otasite.binaries import plists
from otasite.binaries.unreadable import Unreadable

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><plist><dict><key>k</key><string>&c;</string></dict></plist>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<plist><dict><key>k</key><string>&x;</string></dict></plist>"""
REMOTE = b"""<?xml version="1.0"?><!DOCTYPE plist SYSTEM "http://127.0.0.1:9/evil.dtd">
<plist><dict><key>k</key><string>v</string></dict></plist>"""


@pytest.mark.parametrize("data", [LAUGHS, EXTERNAL, LAUGHS.decode().encode("utf-16")])
def test_entities_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        plists.load(data)


def test_a_remote_document_type_is_not_fetched() -> None:
    assert plists.load(REMOTE) == {"k": "v"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \n",
        b"bplist00",
        b"bplist00" + b"\xff" * 40,
        b"<plist>",
        b"<plist><array/></plist>",
        b"<plist><string>x</string></plist>",
        b"<plist><dict><key>a</key><integer>x</integer></dict></plist>",
        b"<plist><dict><key>a</key><date>2026-99-99T00:00:00Z</date></dict></plist>",
        b"{ old = style; }",
        b"<plist><dict><key>n</key><integer>" + b"9" * 10_000 + b"</integer></dict></plist>",
    ],
)
def test_what_is_no_usable_list(data: bytes) -> None:
    with pytest.raises(Unreadable):
        plists.load(data)


def test_deep_nesting_is_refused_in_xml() -> None:
    depth = plists.MAX_DEPTH + 1
    with pytest.raises(Unreadable, match="deep"):
        plists.load(b"<plist><dict><key>k</key>" + b"<array>" * depth + b"</array>" * depth + b"</dict></plist>")


def binary_list(objects: list[bytes]) -> bytes:
    """A binary list of hand-made objects, the first on top; references are one byte."""
    body, offsets = b"bplist00", b""
    for item in objects:
        offsets += bytes([len(body)])
        body += item
    trailer = bytes(6) + bytes([1, 1]) + len(objects).to_bytes(8) + bytes(8) + len(body).to_bytes(8)
    return body + offsets + trailer


def test_a_list_that_contains_itself_is_refused() -> None:
    with pytest.raises(Unreadable, match="deep"):
        plists.load(binary_list([b"\xd1\x01\x02", b"\x51k", b"\xa1\x02"]))


def test_shared_arrays_cannot_multiply() -> None:
    # Twelve arrays, each holding the next one eight times: 8 ** 12 values in a hundred bytes.
    arrays = [bytes([0xA8]) + bytes([number + 1]) * 8 for number in range(2, 14)]
    data = binary_list([b"\xd1\x01\x02", b"\x51k", *arrays, b"\x51x"])
    assert len(data) < 200
    with pytest.raises(Unreadable, match="more than"):
        plists.load(data)


@pytest.mark.parametrize("start", [b"", b"\n\n", b"\xef\xbb\xbf", b"<!-- note -->"])
def test_starts_that_real_files_have(start: bytes) -> None:
    body = plistlib.dumps({"k": "v"}).partition(b"?>")[2]
    assert plists.load(start + body) == {"k": "v"}


def test_values_of_unexpected_types_read_as_text_or_not_at_all() -> None:
    values: dict[str, Any] = {"a": " x ", "b": 3, "c": 1.5, "d": True, "e": [1], "f": None}
    assert [plists.text(values, key) for key in "abcdefg"] == ["x", "3", "1.5", "", "", "", ""]
    assert plists.texts({"k": ["a", 1, "b"]}, "k") == ("a", "b")
    assert plists.texts({"k": "a"}, "k") == ("a",)
    assert plists.mapping({"k": []}, "k") == {}
    flags: list[Any] = [True, 1, "YES", 0, "no", None, []]
    assert [plists.flag({"k": value}, "k") for value in flags] == [True] * 3 + [False] * 4
    assert plists.moment({"k": dt.datetime(2026, 1, 1)}, "k") == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert plists.moment({"k": "2026"}, "k") is None
