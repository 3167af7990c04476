"""One fuzz target for each reader: any bytes, and changed bytes of a good file, within a budget of time and memory.

A reader may refuse with its own exception and no other. ``OTASITE_SOAK=1`` runs many times as many examples.
"""

from __future__ import annotations

import io
import plistlib
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otasite.binaries import apk_signature, assets_car, certificates, macho, plists, png, profile
from otasite.binaries.android_chunks import Value
from otasite.binaries.arsc import Table
from otasite.binaries.axml import read_xml
from otasite.binaries.unreadable import Unreadable
from tests.binaries import apks, apple
from tests.binaries.ipas import info_values
from tests.binaries.test_mutations import CHANGES, EXAMPLES, SETTINGS, Change, catalogue, changed, icon

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


def _table(data: bytes) -> None:
    """Every question that an APK's reader asks of a table."""
    table = Table(data)
    for number in (0x7F010000, 0x7F020000, 0x7F010005, 0x01010001):
        list(table.values(number))
        table.text(Value(kind=1, data=number))


def _good_table(form: str) -> bytes:
    resources = [
        apks.Resource(0x7F010000, apks.Ref(0x7F010005)),
        apks.Resource(0x7F010000, "Beispiel", locale="de"),
        apks.Resource(0x7F010005, "Example"),
        apks.Resource(0x7F020000, "res/icon.png", density=480),
    ]
    return apks.resource_table(resources, form=form)


TARGETS: dict[str, Target] = {
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
        macho.signed_entitlements, NeverRaised, lambda: apple.code_signature({"aps-environment": "production"})
    ),
    "compiled xml": Target(read_xml, Unreadable, lambda: apks.compiled_xml(apks.manifest())),
    "compiled xml in UTF-8": Target(read_xml, Unreadable, lambda: apks.compiled_xml(apks.manifest(), utf8=True)),
    "plain table": Target(_table, Unreadable, lambda: _good_table("plain")),
    "sparse table": Target(_table, Unreadable, lambda: _good_table("sparse")),
    "table of short offsets": Target(_table, Unreadable, lambda: _good_table("offset16")),
    "compact table": Target(_table, Unreadable, lambda: _good_table("compact")),
    "signing block": Target(
        apk_signature.certificates_in, NeverRaised, lambda: apks.v2_block(apple.certificate("Example"))
    ),
    "png": Target(png.decode, Unreadable, icon, b"\x89PNG\r\n\x1a\n"),
    "asset catalogue": Target(
        lambda data: assets_car.icon_renditions(data, "AppIcon"), Unreadable, catalogue, b"BOMStore"
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
