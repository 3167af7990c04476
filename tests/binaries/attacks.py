"""Small files that ask for much: kilobytes that would be gigabytes or minutes to a trusting reader.

What attacks a reader is stored as it is, so that no bound on compression stands before the bound that is tried.
"""

from __future__ import annotations

import plistlib
import random
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.binaries import apks, apple
from tests.binaries.bundles_aab import item
from tests.binaries.bundles_aab import number as whole
from tests.binaries.ipas import APP, app_files
from tests.binaries.zips import with_sizes, write_zip

MEBIBYTE = 2**20


def ipa(path: Path, files: dict[str, bytes]) -> Path:
    every = app_files() | {APP + name: content for name, content in files.items()}
    return write_zip(path, every, compression=zipfile.ZIP_STORED)


# --- archives -------------------------------------------------------------------------------------------------


def other_compression(path: Path, method: int, unpacked: int) -> Path:
    """An Info.plist of a few kilobytes that unpacks to very much more than its entry says."""
    write_zip(path, app_files() | {f"{APP}Info.plist": bytes(unpacked)}, compression=method)
    path.write_bytes(with_sizes(path.read_bytes(), f"{APP}Info.plist", 1000))
    return path


def long_extra_fields(path: Path, entries: int) -> Path:
    """Entries whose extra fields are as long as they can be, in records of four bytes."""
    data = write_zip(path, app_files()).read_bytes()
    end = data.rindex(b"PK\5\6")
    count, start = struct.unpack_from("<H", data, end + 10)[0], struct.unpack_from("<I", data, end + 16)[0]
    extra = struct.pack("<HH", 0x9999, 0) * 16_383
    head = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, *[0] * 7, 1, len(extra), 0, 0, 0, 0, 0)
    directory = data[start:end] + (head + b"x" + extra) * entries
    total = count + entries
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, total, total, len(directory), start, 0)
    path.write_bytes(data[:start] + directory + tail)
    return path


def many_executables(path: Path) -> Path:
    """A hundred extensions, each with an executable of zeros before its signature."""
    code = apple.executable() + bytes(100 * MEBIBYTE)
    plist = plistlib.dumps({"CFBundleExecutable": "Example", "CFBundleIdentifier": "com.example.app.x"})
    files = {}
    for number in range(100):
        files[f"PlugIns/{number}.appex/Info.plist"] = plist
        files[f"PlugIns/{number}.appex/Example"] = code if number < 2 else code[: MEBIBYTE - 1]
    return write_zip(path, app_files() | {APP + name: content for name, content in files.items()})


# --- property lists -------------------------------------------------------------------------------------------


def binary_plist(objects: Sequence[bytes], shared: bytes, times: int) -> bytes:
    """A binary list whose last objects, ``times`` of them, all lie at the same place."""
    body, offsets = bytearray(b"bplist00"), []
    for content in objects:
        offsets.append(len(body))
        body += content
    offsets += [len(body)] * times
    body += shared
    table = len(body)
    body += b"".join(struct.pack(">I", offset) for offset in offsets)
    return bytes(body) + struct.pack(">6xBBQQQ", 4, 2, len(offsets), 0, table)


def _container(references: Sequence[int]) -> bytes:
    return b"\xaf\x12" + struct.pack(f">I{len(references)}H", len(references), *references)


def _sharing(shared: bytes, times: int) -> bytes:
    top = b"\xd1" + struct.pack(">HH", 1, 2)
    return binary_plist([top, b"\x51a", _container(range(4, 4 + times)), b"\x10\x01"], shared, times)


def shared_text() -> bytes:
    """Half a megabyte of text, said 4,000 times: two gigabytes."""
    return _sharing(b"\x5f\x12" + struct.pack(">I", 500_000) + b"x" * 500_000, 4000)


def shared_array() -> bytes:
    """An array of 100,000 numbers, said 4,000 times."""
    return _sharing(_container([3] * 100_000), 4000)


def many_values(count: int = 400_000) -> bytes:
    return b"<plist><dict><key>a</key><array>" + b"<dict/>" * count + b"</array></dict></plist>"


def strings_in_many_languages(path: Path) -> Path:
    one = b"<plist><dict><key>a</key><array>" + b"<true/>" * 30_000 + b"</array></dict></plist>"
    return ipa(path, {f"l{number}.lproj/InfoPlist.strings": one for number in range(60)})


def profiles_everywhere(path: Path) -> Path:
    plist = plistlib.dumps({"CFBundleIdentifier": "com.example.app.x"})
    values = b"<plist><dict><key>a</key><array>" + b"<true/>" * 140_000 + b"</array></dict></plist>"
    files = {f"PlugIns/{number}.appex/Info.plist": plist for number in range(30)}
    files |= {f"PlugIns/{number}.appex/embedded.mobileprovision": values for number in range(30)}
    return ipa(path, files)


# --- Android --------------------------------------------------------------------------------------------------


def apk(path: Path, manifest: bytes, table: bytes = b"") -> Path:
    files = {"AndroidManifest.xml": manifest} | ({"resources.arsc": table} if table else {})
    return write_zip(path, files, compression=zipfile.ZIP_STORED)


def _pool(count: int, text: bytes) -> bytes:
    """A pool in which every string is the same bytes."""
    size = struct.pack(">HH", 0x8000 | len(text), 0x8000 | len(text))
    body = size + text + b"\0"
    body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
    head = struct.pack("<5I", count, 0, 0x100, 28 + 4 * count, 0)
    return apks.chunk(1, head, bytes(4 * count) + body)


def _element(attributes: int, *, stated: int | None = None) -> bytes:
    node = struct.pack("<II", 1, 0xFFFFFFFF)
    count = attributes if stated is None else stated
    own = struct.pack("<II6H", 0xFFFFFFFF, 0, 20, 20, count, 0, 0, 0)
    content = b"".join(
        struct.pack("<IIIHBBI", 0xFFFFFFFF, number, 0xFFFFFFFF, 8, 0, 3, number) for number in range(attributes)
    )
    return apks.chunk(0x102, node, own + content)


def attributes_over_one_another() -> bytes:
    """Sixty elements that each claim the attributes of all that follow."""
    return apks.chunk(3, b"", _pool(1000, b"x" * 30_000) + _element(0, stated=1000) * 60 + bytes(20_000))


def long_texts_shared() -> bytes:
    """Every attribute of every element has a name and a value of 30 kB, all at one place."""
    return apks.chunk(3, b"", _pool(3000, b"x" * 30_000) + _element(3000) * 60)


def parts_of_eight_bytes() -> bytes:
    return apks.chunk(3, b"", _pool(1, b"x") + apks.chunk(0x180, b"") * 900_000)


def references_in_circles() -> bytes:
    """Each of 200 resources refers, in 40 configurations, to another of them."""
    resources = [
        apks.Resource(0x7F010000 + number, apks.Ref(0x7F010000 + (number * 7 + density) % 200), density=density)
        for number in range(200)
        for density in range(1, 41)
    ]
    return apks.resource_table(resources)


def references_through_many_types() -> bytes:
    """A chain of references, each of which must be looked for in thousands of types that do not have it."""
    body = struct.pack("<I", 0xFFFFFFFF) * 2
    head = struct.pack("<BBHII", 1, 0, 0, 2, 64) + struct.pack("<I", 36) + bytes(32)
    empty = apks.chunk(0x201, head, body)
    chain = [apks.Resource(0x7F010000 + n, apks.Ref(0x7F010001 + n), density=n % 7) for n in range(400)]
    table = bytearray(apks.resource_table(chain))
    package = table.index(struct.pack("<HH", 0x200, 288))
    table += empty * 30_000
    for at in (0, package):
        size = struct.unpack_from("<I", table, at + 4)[0] + len(empty) * 30_000
        struct.pack_into("<I", table, at + 4, size)
    return bytes(table)


def tables_of_nothing() -> bytes:
    """A table of eight megabytes in parts of eight bytes, which pack to eight kilobytes."""
    return apks.chunk(2, struct.pack("<I", 0), apks.chunk(0x300, b"") * MEBIBYTE)


def labelled() -> bytes:
    return apks.compiled_xml(apks.manifest(application={"label": apks.Ref(0x7F010000), "icon": apks.Ref(0x7F010001)}))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes([tag]) + (bytes([size]) if size < 128 else b"\x84" + struct.pack(">I", size)) + content


def certificates_without_end(count: int) -> bytes:
    """A signed message with very many empty certificates."""
    object_id = bytes.fromhex("06092a864886f70d0107")
    identifier = _der(0x30, _der(0x30, b"") + b"\x02\x01\x01")
    signer = _der(0x30, b"\x02\x01\x01" + identifier + _der(0x30, b"\x06\x01\x01") * 2 + b"\x04\x00")
    content = _der(0x30, object_id + b"\x01")
    signed = b"\x02\x01\x01" + _der(0x31, b"") + content + _der(0xA0, b"\x30\x00" * count) + _der(0x31, signer)
    return _der(0x30, object_id + b"\x02" + _der(0xA0, _der(0x30, signed)))


def name_without_end(count: int) -> bytes:
    """A certificate whose subject has very many parts."""
    return certificate(_der(0x17, b"270101000000Z"), names=count)


def certificate(end: bytes, *, names: int = 1) -> bytes:
    """A certificate (unsigned) whose validity ends with this element."""
    part = _der(0x31, _der(0x30, bytes.fromhex("0603550403") + _der(0x0C, b"x")))
    name, empty = _der(0x30, part * names), _der(0x30, b"")
    dates = _der(0x30, _der(0x17, b"260101000000Z") + end)
    body = b"\xa0\x03\x02\x01\x02\x02\x01\x01" + empty + empty + dates + name + empty
    return _der(0x30, _der(0x30, body) + empty + b"\x03\x01\x00")


def end_of_time(moment: bytes) -> bytes:
    """A certificate that ends at a moment written as a GeneralizedTime."""
    return certificate(_der(0x18, moment))


def number_as_key() -> bytes:
    """A binary list with one key, a number (of 128 bits)."""
    return binary_plist([b"\xd1" + struct.pack(">HH", 1, 1)], b"\x14" + b"\xff" * 16, 1)


def signing_block(path: Path, blocks: int) -> Path:
    """An APK with very many empty blocks where its signatures are."""
    path.write_bytes(with_many_blocks(apks.write_apk(path).read_bytes(), blocks))
    return path


def with_many_blocks(data: bytes, blocks: int) -> bytes:
    end = data.rindex(b"PK\x05\x06")
    directory = int.from_bytes(data[end + 16 : end + 20], "little")
    pairs = struct.pack("<QI", 4, 0x7109871A) * blocks
    size = struct.pack("<Q", len(pairs) + 24)
    block = size + pairs + size + b"APK Sig Block 42"
    return data[:directory] + block + data[directory : end + 16] + struct.pack("<IH", directory + len(block), 0)


def nested_messages(levels: int) -> bytes:
    """A bundle's manifest whose elements stand inside each other."""
    node = item(1, item(3, b"x"))
    for _ in range(levels):
        node = item(1, item(3, b"x") + item(5, node))
    return node


def many_messages(count: int) -> bytes:
    """A bundle's manifest of very many empty elements."""
    return item(1, item(3, b"x") + item(5, item(1, b"")) * count)


def entries_of_one_number(count: int) -> bytes:
    """A bundle's table in which one resource has very many entries, each a reference to itself."""
    value = item(6, item(2, item(4, item(1, whole(2, 0x7F010000)))))
    kind = item(3, item(1, whole(1, 1)) + item(3, value) * count)
    return item(2, item(1, whole(1, 0x7F)) + kind)


def aab(path: Path, manifest: bytes, table: bytes = b"") -> Path:
    files = {"base/manifest/AndroidManifest.xml": manifest} | ({"base/resources.pb": table} if table else {})
    return write_zip(path, files, compression=zipfile.ZIP_STORED)


def large_member(path: Path) -> Path:
    """An archive of APKs whose APK is 200 megabytes of almost nothing."""
    block = random.Random(7).randbytes(5_000) + bytes(MEBIBYTE)
    return write_zip(path, {"universal.apk": block * 200})


def packed_otherwise(path: Path) -> Path:
    return other_compression(path, zipfile.ZIP_BZIP2, 300 * MEBIBYTE)
