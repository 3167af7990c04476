"""Damaged files of every kind: each gives facts or problems, in bounded time, and no other exception.

Every example starts from a correct file and changes it: bytes, whole numbers, blocks moved or doubled, the end
cut off. The time limit is far above what any example needs; it is there to catch what never ends.
``OTASITE_SOAK=1`` runs many times as many.
"""

from __future__ import annotations

import os
import plistlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otasite.binaries.icons import find_icon
from otasite.binaries.inspect import inspect_binary
from otasite.binaries.verdict import verdict
from otasite.problems import ProblemsFound
from tests.binaries import apks, apple
from tests.binaries.assets import cars
from tests.binaries.ipas import info_values, write_ipa

pytestmark = pytest.mark.slow

SECONDS = 20
EXAMPLES = 5000 if os.environ.get("OTASITE_SOAK") else 120
#: The same examples on every run: a failure here is to be repeated, not to be lucky about.
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Change = tuple[str, float, int]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["byte", "number", "cut", "double", "drop", "zero"]),
        st.floats(0, 1, exclude_max=True),
        st.sampled_from([0, 1, 2, 4, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]),
    ),
    min_size=1,
    max_size=6,
)


def changed(data: bytes, changes: list[Change]) -> bytes:
    """Apply changes at places given as fractions of the length, so that they fit a file of any size."""
    result = bytearray(data)
    for kind, place, value in changes:
        at = int(place * len(result))
        if kind == "byte":
            result[at : at + 1] = bytes([value & 0xFF])
        elif kind == "number":
            result[at : at + 4] = value.to_bytes(4, "little" if value & 1 else "big")
        elif kind == "cut":
            del result[max(at, 1) :]
        elif kind == "double":
            result[at:at] = result[at : at + 1 + value % 64]
        elif kind == "drop":
            del result[at : at + 1 + value % 16]
        else:
            result[at : at + 8] = bytes(8)
    return bytes(result)


@contextmanager
def in_time() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"this took more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@cache
def icon() -> bytes:
    return apple.cgbi_png(20, 20, bytes([9, 8, 7, 200]) * 400, filters=(0, 1, 2, 3, 4))


@cache
def catalogue() -> bytes:
    pixels = cars.bgra(bytes([9, 8, 7, 200]) * 256)
    planes = cars.predicted(bytes([9, 8, 7, 200]) * 256, 16, [n % 5 for n in range(16)])
    contents = [
        cars.bitmap(4, cars.lzfse(pixels)),
        cars.bitmap(8, cars.palette(bytes([9, 8, 7, 200]) * 256, 16)),
        cars.bitmap(11, cars.deepmap(cars.deepmap_head(2, 16, 16) + cars.lzfse(planes))),
        cars.chunked(0, [(8, pixels[:512]), (8, pixels[512:])]),
    ]
    return cars.catalogue([cars.Stored(16, content) for content in contents], {"AppIcon": 1})


def an_ipa(path: Path) -> bytes:
    icons = {"CFBundlePrimaryIcon": {"CFBundleIconFiles": ["Icon"]}}
    extra = {
        "Icon@2x.png": icon(),
        "Assets.car": catalogue(),
        "PlugIns/Share.appex/Info.plist": plistlib.dumps({"CFBundleIdentifier": "com.example.app.share"}),
        "PlugIns/Share.appex/embedded.mobileprovision": apple.profile(),
        "de.lproj/InfoPlist.strings": b'CFBundleName = "Beispiel";',
    }
    return write_ipa(path, extra, info=info_values(CFBundleIcons=icons)).read_bytes()


def an_apk(path: Path) -> bytes:
    root = apks.manifest(application={"label": apks.Ref(0x7F010000)})
    resources = [
        apks.Resource(0x7F010000, "Example"),
        apks.Resource(0x7F020000, "res/icon.png", density=480),
        apks.Resource(0x7F020000, "res/icon.xml", density=0xFFFE),
    ]
    files = {"res/icon.png": icon(), "lib/x86/a.so": b"", **apks.jar_signature(apple.signed(b"x"))}
    data = apks.write_apk(path, files, root=root, resources=resources).read_bytes()
    return apks.with_signing_block(data, {0x7109871A: apks.v2_block(apple.certificate())})


def look_at(path: Path) -> None:
    """Everything a person can ask of a file; problems are fine, other exceptions are what the tests look for."""
    try:
        verdict(inspect_binary(path), apple.NOW)
        find_icon(path)
    except ProblemsFound as found:
        assert found.problems


@pytest.mark.parametrize("make", [an_ipa, an_apk])
@given(changes=CHANGES)
@SETTINGS
def test_archives(tmp_path: Path, make: Callable[[Path], bytes], changes: list[Change]) -> None:
    path = tmp_path / "x"
    good = _good(make)
    path.write_bytes(changed(good, changes))
    with in_time():
        look_at(path)


@cache
def _good(make: Callable[[Path], bytes]) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return make(Path(folder) / "x")


PARTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "info plist": ("Info.plist", lambda: plistlib.dumps(info_values(), fmt=plistlib.FMT_BINARY)),
    "xml plist": ("Info.plist", lambda: plistlib.dumps(info_values())),
    "executable": ("Example", lambda: apple.executable(entitlements={"aps-environment": "production"})),
    "profile": ("embedded.mobileprovision", apple.profile),
    "icon": ("Icon.png", icon),
    "catalogue": ("Assets.car", catalogue),
}


@pytest.mark.parametrize("part", PARTS)
@given(changes=CHANGES)
@SETTINGS
def test_parts_inside_a_whole_archive(tmp_path: Path, part: str, changes: list[Change]) -> None:
    """Damage where the archive itself is right: deeper than random damage to an archive ever gets."""
    name, good = PARTS[part]
    icons = {"CFBundlePrimaryIcon": {"CFBundleIconFiles": ["Icon"]}}
    path = write_ipa(tmp_path / "x", {name: changed(good(), changes)}, info=info_values(CFBundleIcons=icons))
    with in_time():
        look_at(path)


@pytest.mark.parametrize("part", ["AndroidManifest.xml", "resources.arsc", "META-INF/CERT.RSA", "res/icon.png"])
@given(changes=CHANGES)
@SETTINGS
def test_parts_inside_a_whole_apk(tmp_path: Path, part: str, changes: list[Change]) -> None:
    good = {
        "AndroidManifest.xml": apks.compiled_xml(apks.manifest(application={"label": apks.Ref(0x7F010000)})),
        "resources.arsc": apks.resource_table(
            [apks.Resource(0x7F010000, "Example"), apks.Resource(0x7F020000, "res/icon.png", density=480)]
        ),
        **apks.jar_signature(apple.signed(b"x"), others="2, 3"),
        "res/icon.png": icon(),
    }
    path = apks.write_apk(tmp_path / "x", good | {part: changed(good[part], changes)})
    with in_time():
        look_at(path)
