"""One fuzz target for each reader: any bytes, and changed bytes of a good file, within a budget of time and memory.

A reader may refuse with its own exception and no other. ``OTASITE_SOAK=1`` runs many times as many examples.
"""

from __future__ import annotations

import io
import plistlib
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from otasite.binaries import apk_signature, app_bundle, certificates, macho, plists, png, profile, strings_files
from otasite.binaries.android_chunks import Value
from otasite.binaries.arsc import Table
from otasite.binaries.assets import bitmap, lzfse, lzvn
from otasite.binaries.assets.catalogue import icon_renditions
from otasite.binaries.axml import read_xml
from otasite.binaries.budget import Budget
from otasite.binaries.drawables import drawable
from otasite.binaries.drawables.resources import Resources, tree
from otasite.binaries.resources import ResourceTable
from otasite.binaries.unreadable import Unreadable
from tests.binaries import apks, apple, bundles_aab
from tests.binaries.assets import cars
from tests.binaries.ipas import info_values
from tests.binaries.test_mutations import CHANGES, EXAMPLES, SETTINGS, Change, catalogue, changed, icon

pytestmark = pytest.mark.thorough

#: Bytes and seconds for one example; the files here have a few kilobytes.
MEMORY, SECONDS = 32 * 2**20, 2.0


class NeverRaised(Exception):
    """For readers that answer None instead of refusing."""


@dataclass(frozen=True)
class Target:
    read: Callable[[bytes], object]
    refusal: type[Exception]
    good: Callable[[], bytes]
    start: bytes = b""


_STRINGS = r"""
"CFBundleDisplayName" = "Notizen";
/* camera */ NSCameraUsageDescription = "Für \"Codes\".";
""".encode()


def _table(data: bytes) -> None:
    _ask(Table(data))


def _bundle_table(data: bytes) -> None:
    _ask(app_bundle.Table(data))


def _ask(table: ResourceTable) -> None:
    """Every question that an APK's reader asks of a table."""
    for number in (0x7F010000, 0x7F020000, 0x7F010005, 0x01010001):
        list(table.values(number))
        table.text(Value(kind=1, data=number))


def _good_table(form: str) -> bytes:
    return apks.resource_table(_RESOURCES, form=form)


_RESOURCES = [
    apks.Resource(0x7F010000, apks.Ref(0x7F010005)),
    apks.Resource(0x7F010000, "Beispiel", locale="de"),
    apks.Resource(0x7F010005, "Example"),
    apks.Resource(0x7F020000, "res/icon.png", density=480),
]


def _budget() -> Budget:
    return Budget(output=8 * 2**20, steps=200_000)


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((24, 24), 60).convert("RGB").save(out, kind)
    return out.getvalue()


def _catalogue(data: bytes) -> None:
    """All pictures that a search for the icon could try."""
    budget = _budget()
    for rendition in icon_renditions(data, "AppIcon", budget):
        with suppress(Unreadable):
            rendition.decode()


def _bitmap(data: bytes) -> None:
    bitmap.Bitmap(width=10, height=10, pixel_format="ARGB", colour_space=1, row_bytes=0, data=data).decode(_budget())


def _deepmap(data: bytes) -> None:
    _bitmap(cars.bitmap(11, data))


def _drawing(data: bytes) -> None:
    """An icon in XML whose references lead back to it."""
    budget = _budget()
    drawable.icon(tree(data, budget), Resources(lambda name, limit: data, Table(_good_table("plain")), budget), 48)


def _vector() -> bytes:
    path: dict[str, apks.Value] = {
        "pathData": "M2,2h8a4,4 0 1,0 4,4zq1,1 2,2t3,3S5,5 6,6",
        "fillType": 1,
        "strokeWidth": 0.5,
        "fillColor": apks.Colour(0xFF112233),
        "strokeColor": apks.Colour(0x80112233),
    }
    group = apks.Tag("group", {"rotation": 10.0, "scaleX": 0.5}, [apks.Tag("path", path)])
    vector = apks.Tag("vector", {"viewportWidth": 24.0, "viewportHeight": 24.0}, [group])
    inset = apks.Tag("foreground", {}, [apks.Tag("inset", {"inset": 4.0}, [vector])])
    background = apks.Tag("background", {"drawable": apks.Colour(0xFF00FF00)})
    return apks.compiled_xml(apks.Tag("adaptive-icon", {}, [background, inset]))


TARGETS: dict[str, Target] = {
    "drawing": Target(_drawing, Unreadable, _vector),
    "xml property list": Target(plists.load, Unreadable, lambda: plistlib.dumps(info_values())),
    "binary property list": Target(
        plists.load,
        Unreadable,
        lambda: plistlib.dumps(info_values(), fmt=plistlib.FMT_BINARY),
        b"bplist00",
    ),
    "profile": Target(profile.read_profile, Unreadable, apple.profile),
    "certificate": Target(certificates.read_certificate, NeverRaised, apple.certificate),
    "signed message": Target(certificates.read_message, NeverRaised, lambda: apple.signed(b"x")),
    "executable": Target(
        lambda data: macho.read_executable(io.BytesIO(data)),
        Unreadable,
        lambda: apple.universal(
            (apple.ARMV7, apple.executable(apple.ARMV7)), (apple.ARM64, apple.executable(entitlements={"a": "b"}))
        ),
    ),
    "code signature": Target(
        macho.read_signature,
        NeverRaised,
        lambda: apple.code_signature(plistlib.dumps({"aps-environment": "production"})),
    ),
    "texts of one language": Target(
        lambda data: strings_files.texts_in(data, plists.new_budget()),
        NeverRaised,
        lambda: _STRINGS,
    ),
    "texts of one language, wide": Target(
        lambda data: strings_files.texts_in(data, plists.new_budget()),
        NeverRaised,
        lambda: 'CFBundleName = "Notizen";'.encode("utf-16"),
        b"\xff\xfe",
    ),
    "compiled xml": Target(read_xml, Unreadable, lambda: apks.compiled_xml(apks.manifest())),
    "compiled xml in UTF-8": Target(read_xml, Unreadable, lambda: apks.compiled_xml(apks.manifest(), utf8=True)),
    "plain table": Target(_table, Unreadable, lambda: _good_table("plain")),
    "sparse table": Target(_table, Unreadable, lambda: _good_table("sparse")),
    "table of short offsets": Target(_table, Unreadable, lambda: _good_table("offset16")),
    "compact table": Target(_table, Unreadable, lambda: _good_table("compact")),
    "manifest of a bundle": Target(app_bundle.read_xml, Unreadable, lambda: bundles_aab.xml_node(apks.manifest())),
    "table of a bundle": Target(_bundle_table, Unreadable, lambda: bundles_aab.resource_table(_RESOURCES)),
    "signing block": Target(
        apk_signature.certificates_in, NeverRaised, lambda: apks.v2_block(apple.certificate("Example"))
    ),
    "png": Target(lambda data: png.decode(data, _budget()), Unreadable, icon, b"\x89PNG\r\n\x1a\n"),
    "jpeg": Target(
        lambda data: png.decode_any(data, _budget()), Unreadable, lambda: _picture("JPEG"), b"\xff\xd8\xff"
    ),
    "webp": Target(lambda data: png.decode_any(data, _budget()), Unreadable, lambda: _picture("WEBP")),
    "asset catalogue": Target(_catalogue, Unreadable, catalogue, b"BOMStore"),
    "lzfse": Target(
        lambda data: lzfse.unpack(data, 2**20, _budget()),
        Unreadable,
        lambda: cars.lzfse(bytes(range(256)) * 20),
        b"bvx2",
    ),
    "lzvn": Target(
        lambda data: lzvn.unpack(data, 2**20, _budget()), Unreadable, lambda: cars.bare_lzvn(bytes(range(256)) * 20)
    ),
    "run lengths": Target(_bitmap, Unreadable, lambda: cars.bitmap(1, cars.run_lengths(bytes(400), 10, 4)), b"MLEC"),
    "palette": Target(_bitmap, Unreadable, lambda: cars.bitmap(8, cars.palette(bytes(400), 10)), b"MLEC"),
    "predicted deep map": Target(
        _deepmap,
        Unreadable,
        lambda: cars.deepmap(
            cars.deepmap_head(2, 10, 10) + cars.lzfse(cars.predicted(bytes(range(200)) * 2, 10, [0, 1, 2, 3, 4] * 2))
        ),
        struct.pack("<IIQ", 1, 4, 300) + b"dmp2",
    ),
    "tiled deep map": Target(
        _deepmap,
        Unreadable,
        lambda: cars.deepmap(
            b"KCBC" + struct.pack("<IIII", 0, 0, 10, 432) + cars.deepmap_head(1, 10, 10) + bytes(400)
        ),
        struct.pack("<IIQ", 1, 4, 300) + b"KCBC",
    ),
}


@contextmanager
def within_budget() -> Iterator[None]:
    tracemalloc.start()
    before = time.process_time()
    try:
        yield
        assert time.process_time() - before < SECONDS
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@cache
def good(name: str) -> bytes:
    return TARGETS[name].good()


@pytest.mark.parametrize("name", TARGETS)
def test_the_good_file_is_read(name: str) -> None:
    """Else the targets would try nothing but the first few bytes."""
    target = TARGETS[name]
    if target.refusal is NeverRaised:
        assert target.read(good(name))
    else:
        target.read(good(name))


@pytest.mark.parametrize("name", TARGETS)
@given(changes=CHANGES)
@SETTINGS
def test_changed_files(name: str, changes: list[Change]) -> None:
    target = TARGETS[name]
    data = changed(good(name), changes)
    with within_budget(), suppress(target.refusal):
        target.read(data)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.binary(max_size=300))
@settings(SETTINGS, max_examples=EXAMPLES // 2)
def test_anything_at_all(name: str, data: bytes) -> None:
    target = TARGETS[name]
    for start in {b"", target.start}:
        with within_budget(), suppress(target.refusal):
            target.read(start + data)
