"""Makes what Xcode makes: provisioning profiles (really signed), executables, CgBI icons."""

from __future__ import annotations

import datetime as dt
import plistlib
import struct
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

TEAM = "ABCDE12345"
CREATED = dt.datetime(2026, 1, 10, 8, 0, tzinfo=dt.UTC)
EXPIRES = dt.datetime(2027, 1, 10, 8, 0, tzinfo=dt.UTC)
#: A moment at which everything made here is valid.
NOW = dt.datetime(2026, 6, 1, 12, 0, tzinfo=dt.UTC)
#: Two made-up device identifiers, one of each form.
DEVICES = ["00008030-001A2B3C4D5E6F70", "0123456789abcdef0123456789abcdef01234567"]

ARM64, ARMV7, X86_64 = (0x0100000C, 0), (12, 9), (0x01000007, 3)
IOS, TVOS, SIMULATOR, VISIONOS = 2, 3, 7, 11


@cache
def signing_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def certificate(name: str = f"iPhone Distribution: Example ({TEAM})", expires: dt.datetime = EXPIRES) -> bytes:
    """A self-made signing certificate (DER)."""
    return signing_certificate(name, expires).public_bytes(Encoding.DER)


def signing_certificate(
    name: str = f"iPhone Distribution: Example ({TEAM})", expires: dt.datetime = EXPIRES
) -> x509.Certificate:
    """The same, to sign with."""
    return _made_certificate(name, expires)


@cache
def _made_certificate(name: str, expires: dt.datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(7)
    builder = builder.not_valid_before(expires - dt.timedelta(days=365)).not_valid_after(expires)
    return builder.public_key(signing_key().public_key()).sign(signing_key(), SHA256())


def lasting_certificate() -> x509.Certificate:
    """One that outlives every clock that a test may be run by."""
    return signing_certificate("Apple Distribution: Example", EXPIRES.replace(year=2099))


def profile_values(kind: str = "ad-hoc", **changes: Any) -> dict[str, Any]:
    """The property list in a profile of one kind: ad-hoc, development, enterprise or app-store."""
    values: dict[str, Any] = {
        "AppIDName": "Example App",
        "ApplicationIdentifierPrefix": [TEAM],
        "CreationDate": CREATED.replace(tzinfo=None),
        "DeveloperCertificates": [certificate()],
        "Entitlements": {
            "application-identifier": f"{TEAM}.com.example.app",
            "aps-environment": "production",
            "get-task-allow": kind == "development",
        },
        "ExpirationDate": EXPIRES.replace(tzinfo=None),
        "Name": f"Example {kind}",
        "Platform": ["iOS"],
        "TeamIdentifier": [TEAM],
        "TeamName": "Example GmbH",
        "TimeToLive": 365,
        "UUID": "11112222-3333-4444-5555-666677778888",
        "Version": 1,
    }
    if kind == "enterprise":
        values["ProvisionsAllDevices"] = True
    elif kind != "app-store":
        values["ProvisionedDevices"] = list(DEVICES)
    return values | changes


def profile(kind: str = "ad-hoc", **changes: Any) -> bytes:
    """A signed profile, as Apple's portal delivers it."""
    return signed(plistlib.dumps(profile_values(kind, **changes)))


@cache
def signed(content: bytes) -> bytes:
    """A signed message (CMS, DER) around some content; the same bytes whenever asked for in one run."""
    builder = PKCS7SignatureBuilder().set_data(content)
    signer = signing_certificate("Example Signing Authority", EXPIRES)
    return builder.add_signer(signer, signing_key(), SHA256()).sign(Encoding.DER, [PKCS7Options.Binary])


def executable(
    cpu: tuple[int, int] = ARM64,
    *,
    platform: int = IOS,
    entitlements: dict[str, Any] | None = None,
    entitlements_data: bytes = b"",
    signed: bool = True,
    signer: x509.Certificate | None = None,
    team: str = TEAM,
    encrypted: bool = False,
    old_platform_command: int = 0,
    symbols: Sequence[str] = (),
    library_version: int = 0,
) -> bytes:
    """A thin Mach-O with the load commands that matter, some code, and a code signature at its end.

    ``symbols`` are undefined ones, as of functions of the system that it calls; with a ``library_version`` it is a
    dynamic library.
    """
    wide = bool(cpu[0] & 0x01000000)
    header_size = 32 if wide else 28
    commands = [_old_platform(old_platform_command) if old_platform_command else _build_version(platform)]
    commands.append(struct.pack("<6I", 0x2C, 24, 4096, 4096, int(encrypted), 0))
    signature = b""
    if signed:
        data = entitlements_data or (plistlib.dumps(entitlements) if entitlements is not None else b"")
        signature = code_signature(data, signer=signer, team=team)
    if library_version:
        commands.append(struct.pack("<6I", 0xD, 40, 24, 0, library_version, 0x10000) + b"@rpath/a.dylib\0\0")
    length = header_size + sum(map(len, commands)) + (16 if signed else 0) + (24 if symbols else 0)
    code_end = (length + 4095) // 4096 * 4096 + 4096
    table, names = _symbol_table(symbols, wide=wide) if symbols else (b"", b"")
    if symbols:
        place = (code_end, len(symbols), code_end + len(table), len(names))
        commands.append(struct.pack("<6I", 0x2, 24, *place))
    if signed:
        at = code_end + len(table) + len(names)
        commands.append(struct.pack("<4I", 0x1D, 16, at, len(signature)))
    body = b"".join(commands)
    magic = 0xFEEDFACF if wide else 0xFEEDFACE
    kind = 6 if library_version else 2
    header = struct.pack("<7I", magic, *cpu, kind, len(commands), len(body), 0).ljust(header_size, b"\0")
    return (header + body).ljust(code_end, b"\x90") + table + names + signature


def _symbol_table(symbols: Sequence[str], *, wide: bool) -> tuple[bytes, bytes]:
    """``nlist`` entries of undefined symbols, and their names, which begin with an empty one."""
    table, names = b"", b" \0"
    for symbol in symbols:
        table += struct.pack("<IBBHQ" if wide else "<IBBHI", len(names), 0x01, 0, 0x0100, 0)
        names += symbol.encode() + b"\0"
    return table, names.ljust((len(names) + 15) // 16 * 16, b"\0")


def universal(*slices: tuple[tuple[int, int], bytes]) -> bytes:
    """A universal Mach-O of several thin ones."""
    offset, table, bodies = 4096, b"", b""
    for cpu, body in slices:
        table += struct.pack(">5I", *cpu, offset + len(bodies), len(body), 12)
        bodies += body.ljust((len(body) + 4095) // 4096 * 4096, b"\0")
    return (struct.pack(">II", 0xCAFEBABE, len(slices)) + table).ljust(offset, b"\0") + bodies


def code_signature(entitlements: bytes = b"", *, signer: x509.Certificate | None = None, team: str = TEAM) -> bytes:
    """A signature with a code directory, entitlements and a signed message, as ``codesign`` lays it out."""
    directory = code_directory("com.example.app", team)
    blobs = [(0, directory)]
    if entitlements:
        blobs.append((5, struct.pack(">II", 0xFADE7171, 8 + len(entitlements)) + entitlements))
    message = _detached(directory, signer or signing_certificate())
    blobs.append((0x10000, struct.pack(">II", 0xFADE0B01, 8 + len(message)) + message))
    offset, index, body = 12 + 8 * len(blobs), b"", b""
    for slot, blob in blobs:
        index += struct.pack(">II", slot, offset + len(body))
        body += blob
    return struct.pack(">III", 0xFADE0CC0, offset + len(body), len(blobs)) + index + body


def code_directory(identifier: str, team: str) -> bytes:
    """Version 2.2 without any hash of code: 52 bytes of numbers, then the two names."""
    names = identifier.encode() + b"\0" + team.encode() + b"\0"
    team_at = 52 + len(identifier) + 1
    numbers = (0x20200, 0, 52 + len(names), 52, 0, 0, 0, 0x20020C00, 0, 0, team_at if team else 0)
    return struct.pack(">II11I", 0xFADE0C02, 52 + len(names), *numbers) + names


@cache
def _detached(content: bytes, signer: x509.Certificate) -> bytes:
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(signer, signing_key(), SHA256())
    return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])


def _build_version(platform: int) -> bytes:
    return struct.pack("<6I", 0x32, 24, platform, 0x000F0000, 0x00110000, 0)


def _old_platform(command: int) -> bytes:
    return struct.pack("<4I", command, 16, 0x00090000, 0x00090000)


def cgbi_png(
    width: int,
    height: int,
    pixels: bytes,
    *,
    filters: Sequence[int] = (0,),
    channels: int = 4,
    idat_bytes: int = 1000,
    zlib_wrapped: bool = False,
) -> bytes:
    """An icon as Xcode writes it. ``pixels`` are premultiplied RGBA; ``filters`` repeat over the rows."""
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    rows = filtered(stored_rows(width, height, pixels, channels), channels, filters)
    packer = zlib.compressobj(9, zlib.DEFLATED, 15 if zlib_wrapped else -15)
    packed = packer.compress(rows) + packer.flush()
    pieces = [packed[at : at + idat_bytes] for at in range(0, len(packed), idat_bytes)]
    chunks = [(b"CgBI", b"\x50\x00\x20\x02"), (b"IHDR", header), *((b"IDAT", p) for p in pieces), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, body) for name, body in chunks)


def icon(side: int, colour: tuple[int, int, int] = (10, 20, 30)) -> bytes:
    """A square CgBI icon of one colour."""
    return cgbi_png(side, side, bytes([*colour, 255]) * side * side)


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def stored_rows(width: int, height: int, pixels: bytes, channels: int) -> list[bytes]:
    """Rows of pixels in the order they are stored: blue first."""
    order = {1: (0,), 2: (0, 3), 3: (2, 1, 0), 4: (2, 1, 0, 3)}[channels]
    rows = []
    for y in range(height):
        row = pixels[y * width * 4 : (y + 1) * width * 4]
        rows.append(bytes(row[x * 4 + at] for x in range(width) for at in order))
    return rows


def filtered(rows: list[bytes], step: int, filters: Sequence[int]) -> bytes:
    """Apply PNG's row filters, straight from their definition in the PNG specification, section 9."""
    out = bytearray()
    above = bytes(len(rows[0])) if rows else b""
    for number, row in enumerate(rows):
        kind = filters[number % len(filters)]
        out.append(kind)
        for at, value in enumerate(row):
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            out.append((value - _prediction(kind, left, above[at], corner)) & 0xFF)
        above = row
    return bytes(out)


def _prediction(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        estimate = left + up - corner
        return min((left, up, corner), key=lambda value: abs(estimate - value))
    return (0, left, up, (left + up) // 2)[kind]
