"""Servers that mean harm: whatever they send, verify ends in seconds and with little memory, and says what is wrong.

Each attack runs in a child process, whose time and memory are asserted; the ceilings are far above what verify takes,
and far below what the attacks took before there were budgets (gigabytes, minutes, or for ever).
"""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from tests.hosting.authority import Authority
from tests.hosting.hostile_server import Connection, HostileServer, Script, data, page

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]

#: Bytes by which an attack may make verify grow, and seconds that it may take, on a machine that is busy as well.
MEMORY = 300 * 2**20
SECONDS = 240.0
#: Seconds for one request where nobody is slow but the machine.
REQUEST = 60.0
#: Seconds that the run itself is given where a server wants to hold it up.
PATIENCE = 1.5

MANIFEST = "itms-services://?action=download-manifest&amp;url="


class Found:
    """What one run in a child process came to."""

    def __init__(self, output: str) -> None:
        values: dict[str, Any] = json.loads(output)
        self.seconds: float = values["seconds"]
        self.memory: int = values["bytes"]
        self.rows: list[dict[str, str]] = values["rows"]

    def of(self, check: str) -> list[str]:
        return [row["found"] for row in self.rows if row["check"] == check and row["result"] != "ok"]


def run(server: HostileServer, authority: Authority, options: dict[str, Any], **limits: Any) -> Found:
    call = {
        "url": server.url,
        "ca": str(authority.root),
        "options": options,
        "limits": {"silence": REQUEST, "request": REQUEST, "run": 0.8 * SECONDS, **limits},
    }
    command = [sys.executable, "-m", "tests.hosting.verify_child", json.dumps(call)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    found = Found(done.stdout)
    print(f"{found.seconds:.2f} s, {found.memory / 2**20:.0f} MiB, {len(found.rows)} rows")
    assert found.memory < MEMORY, f"{found.memory / 2**20:.0f} MiB"
    assert found.seconds < SECONDS
    return found


@cache
def layered(count: int, size: int) -> bytes:
    """``size`` zeros (a multiple of a MiB), compressed ``count`` times: in blocks that do not know of each other."""
    packer, checksum = zlib.compressobj(9, wbits=-15), 0
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(size // 2**20):
        checksum = zlib.crc32(bytes(2**20), checksum)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    body = head + block * (size // 2**20) + packer.flush() + struct.pack("<II", checksum, size % 2**32)
    for _ in range(count - 1):
        body = gzip.compress(body, 9)
    return body


def manifest(url: str, **package: Any) -> bytes:
    item = {
        "assets": [{"kind": "software-package", "url": url, **package}],
        "metadata": {"bundle-identifier": "a.b", "bundle-version": "1", "kind": "software", "title": "App"},
    }
    return plistlib.dumps({"items": [item]})


def installs(path: str = "m.plist") -> Script:
    """The front page of a site with one app."""

    def script(connection: Connection) -> None:
        host = connection.headers["host"].replace(":", "%3A")
        connection.body(f'<a href="{MANIFEST}https%3A%2F%2F{host}%2F{path}">Install</a>'.encode())

    return script


def with_ipa(ipa: Script, **package: Any) -> dict[str, Script]:
    """A site whose only app is answered by ``ipa``."""

    def named(connection: Connection) -> None:
        connection.body(manifest(f"https://{connection.headers['host']}/a.ipa", **package), type_="text/xml")

    return {"/": installs(), "/m.plist": named, "/a.ipa": ipa}


def ranged(body: bytes, total: int | str | None = None) -> Script:
    """A file that is handed out in pieces; ``total`` is what the server says of its size."""

    def script(connection: Connection) -> None:
        first, _, last = connection.headers.get("range", "").removeprefix("bytes=").partition("-")
        if not last:
            connection.body(body, type_="application/octet-stream")
            return
        piece = body[int(first) : int(last) + 1]
        said = f"Content-Range: bytes {first}-{last}/{len(body) if total is None else total}"
        connection.body(piece, said, status=206, type_="application/octet-stream")

    return script


# --- what unpacks to more than it is ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/m.plist", "/catalogue.json", "/a.ipa"])
@pytest.mark.parametrize("layers", [1, 3])
def test_compressed_bodies_are_read_within_a_budget(authority: Authority, path: str, layers: int) -> None:
    body = layered(layers, 2**30)
    assert len(body) < 1_100_000
    encoding = f"Content-Encoding: {', '.join(['gzip'] * layers)}"
    kind = {"/": "text/html", "/m.plist": "text/xml", "/catalogue.json": "application/json"}
    scripts = with_ipa(data(b"PK", "application/octet-stream"))
    scripts[path] = data(body, kind.get(path, "application/octet-stream"), encoding)
    with HostileServer(authority.issue(), scripts) as server:
        found = run(server, authority, {})
    checks = {"/": "page-limit", "/m.plist": "manifest-plist", "/catalogue.json": "catalogue"}
    check = checks.get(path, "binary-encoding")
    if layers == 3 and path in ("/", "/m.plist"):
        assert "several times" in found.of({"/": "page-status"}.get(path, "manifest-status"))[0]
    elif layers == 3 and path == "/catalogue.json":
        assert not found.of("catalogue"), "it counts as a site without one"
    else:
        assert found.of(check)


def test_a_compressed_body_that_never_comes_out(authority: Authority) -> None:
    """A file name of gzip's head without end: bytes go in, and none come out."""

    def script(connection: Connection) -> None:
        connection.head(200, "Content-Type: text/html", "Content-Encoding: gzip")
        connection.wire.sendall(b"\x1f\x8b\x08\x08\0\0\0\0\0\0")
        while not connection.stop.is_set():
            connection.wire.sendall(b"n" * 2**20)

    with HostileServer(authority.issue(), {"/": script}) as server:
        assert "more than it holds" in run(server, authority, {}).of("page-status")[0]


# --- what is slow to read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        b"<a " * 666_666,
        b'<a href="' * 266_666,
        b"<a b=\"'>" * 266_666,
        b"<!--" * 166_666,
        b"<script>" * 300_000,
        b"<title></titl" * 166_666,
        b"&" * 2_333_333,
        b"&#" + b"9" * 2_333_333,
        b"<a href=x1>" * 233_333,
        b"<a " + b"x " * 1_166_666,
        "".join(f"<a href=a{n}.apk><a href=p{n}><img src=i{n}>" for n in range(200_000)).encode(),
        b"<b id=1><p>" * 233_333,
        "😀 ".encode() * 533_333,
    ],
    ids=lambda html: html[:12].decode("utf-8", "ignore"),
)
def test_pages_are_read_in_one_pass(authority: Authority, html: bytes) -> None:
    with HostileServer(authority.issue(), {"/": page(html)}) as server:
        run(server, authority, {}, pages=100, files=100)


@pytest.mark.parametrize(
    ("path", "body", "check", "words"),
    [
        ("/catalogue.json", b'{"a":' + b"[" * 4_000_000, "catalogue", "nested too deeply"),
        ("/catalogue.json", b'{"apps":[{"id":"a","url":' + b"9" * 100_000, "catalogue", "cannot be read"),
        ("/catalogue.json", b'{"apps":[' + b'{"id":"","url":""},' * 1_600_000, "catalogue", "cannot be read"),
        ("/m.plist", b'<plist version="1.0">' + b"<array>" * 200_000, "manifest-plist", "no property list"),
        ("/m.plist", plistlib.dumps({"items": [{"assets": []}] * 9_000}), "manifest-keys", "9,000 items"),
    ],
    ids=["deep", "digits", "many", "deep-list", "many-items"],
)
def test_documents_that_are_deep_or_long(
    authority: Authority, path: str, body: bytes, check: str, words: str
) -> None:
    scripts = {"/": installs(), path: data(body, "application/json" if path.endswith("json") else "text/xml")}
    with HostileServer(authority.issue(), scripts) as server:
        assert words in " ".join(run(server, authority, {}).of(check))


def test_a_site_of_pages_without_end(authority: Authority) -> None:
    """Every page is large, and leads to thousands of others."""

    class Everything(dict[str, Script]):
        def get(self, path: str, default: Any = None) -> Script:
            links = "".join(f"<a href='{path.strip('/')[:20]}-{number}/'>x</a>" for number in range(20_000))
            return page(links + "word " * 200_000)

    with HostileServer(authority.issue(), Everything()) as server:
        found = run(server, authority, {}, pages=120, run=40)
    assert found.of("page-limit") or found.of("time-limit")


# --- what never ends --------------------------------------------------------------------------------------------


def drip_head(connection: Connection) -> None:
    connection.drip(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 10_000, 0.2)


def drip_body(connection: Connection) -> None:
    connection.head(200, "Content-Type: text/html", "Content-Length: 100000")
    connection.drip(b"a" * 100_000, 0.2)


def silent(connection: Connection) -> None:
    connection.stop.wait()


def endless(connection: Connection) -> None:
    connection.head(200, "Content-Type: application/octet-stream")
    connection.wire.sendall(b"PK")
    while not connection.stop.is_set():
        connection.wire.sendall(b"x" * 2**20)


@pytest.mark.parametrize("script", [drip_head, drip_body, silent])
@pytest.mark.parametrize("path", ["/", "/m.plist", "/a.ipa"])
def test_slow_servers_do_not_hold_a_run_up(authority: Authority, script: Script, path: str) -> None:
    scripts = with_ipa(ranged(b"PK")) | {path: script}
    with HostileServer(authority.issue(), scripts) as server:
        found = run(server, authority, {}, run=PATIENCE)
    assert found.of("time-limit") == ["after 0.025 minutes, this is not all"]
    assert found.seconds < REQUEST / 2


def test_one_slow_page_is_given_up_and_the_rest_looked_at(authority: Authority) -> None:
    scripts = {"/": page("<a href=slow/>x</a><a href=good/>y</a>"), "/slow/": drip_body, "/good/": page("good")}
    with HostileServer(authority.issue(), scripts) as server:
        found = run(server, authority, {}, request=2)
    assert found.of("page-status") == ["no answer in time"]
    assert not found.of("time-limit")


def test_a_download_that_nobody_says_the_size_of_is_not_begun(authority: Authority) -> None:
    with HostileServer(authority.issue(), with_ipa(endless)) as server:
        found = run(server, authority, {"full": True})
    assert "nobody says how large it is" in found.of("binary-unchecked")[0]


def test_a_download_ends_where_its_hashes_do(authority: Authority) -> None:
    scripts = with_ipa(endless, **{"sha256-size": 1000, "sha256s": ["0" * 64] * 4})
    with HostileServer(authority.issue(), scripts) as server:
        found = run(server, authority, {"full": True})
    assert found.of("binary-truncated") == ["more than 4,000 bytes came after 2 bytes"]


def test_a_download_of_more_than_phones_install_is_not_begun(authority: Authority) -> None:
    with HostileServer(authority.issue(), with_ipa(ranged(b"PK", 10**13))) as server:
        found = run(server, authority, {"full": True})
    assert "more than phones install" in found.of("binary-unchecked")[0]


def test_redirects_without_end(authority: Authority) -> None:
    class Away(dict[str, Script]):
        def get(self, path: str, default: Any = None) -> Script:
            return lambda connection: connection.head(302, f"Location: /x{len(path)}{path}", "Content-Length: 0")

    with HostileServer(authority.issue(), Away()) as server:
        assert run(server, authority, {}).of("redirect-loop")


# --- numbers and archives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", ["9" * 5000, "-1", "１２", "", "*"])
def test_lengths_that_are_no_numbers(authority: Authority, total: str) -> None:
    def ipa(connection: Connection) -> None:
        said = f"Content-Range: bytes 0-1/{total.encode().decode('latin-1')}"
        if "range" in connection.headers:
            connection.body(b"PK", said, status=206, type_="application/octet-stream")
        else:
            connection.body(b"PK", type_="application/octet-stream")

    with HostileServer(authority.issue(), with_ipa(ipa)) as server:
        assert run(server, authority, {}).of("binary-range")


def zip_claiming(entries: int, directory: int) -> bytes:
    """The end of a zip archive that claims a table of contents of so many entries and bytes."""
    zip64 = b"PK\x06\x06" + (44).to_bytes(8, "little") + b"\x2d\0\x2d\0" + bytes(8)
    zip64 += entries.to_bytes(8, "little") * 2 + directory.to_bytes(8, "little") + bytes(8)
    locator = b"PK\x06\x07" + bytes(4) + bytes(8) + (1).to_bytes(4, "little")
    return b"PK\x03\x04" + bytes(100) + zip64 + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


def many_entries() -> bytes:
    entry = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    table = entry * 700_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + len(table).to_bytes(4, "little") + bytes(6)
    return b"PK" + table + end


def bomb(method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive, archive.open("Payload/A.app/Info.plist", "w") as entry:
        for _ in range(400):
            entry.write(bytes(2**20))
    return target.getvalue()


@pytest.mark.parametrize(
    ("make_ipa", "total"),  # made where it is needed: every worker collects all tests
    [
        (partial(zip_claiming, 1, 2**62), 2**49),
        (partial(zip_claiming, 2**40, 46 * 2**20), 2**49),
        (many_entries, None),
        (partial(bomb, zipfile.ZIP_DEFLATED), None),
        (partial(bomb, zipfile.ZIP_BZIP2), None),
        (partial(bomb, zipfile.ZIP_LZMA), None),
    ],
    ids=["table of exabytes", "entries without end", "700,000 entries", "deflate", "bzip2", "lzma"],
)
def test_archives_that_claim_or_unpack_to_too_much(
    authority: Authority, make_ipa: Callable[[], bytes], total: int | None
) -> None:
    ipa = make_ipa()

    def script(connection: Connection) -> None:
        if total is None:
            ranged(ipa)(connection)
            return
        first, _, last = connection.headers.get("range", "").removeprefix("bytes=").partition("-")
        if not last:
            connection.body(b"PK" * 50, type_="application/octet-stream")
            return
        size = int(last) - int(first) + 1
        piece = bytes(size) if int(last) < total - 1 else ipa.rjust(size, b"\0")[-size:]
        said = f"Content-Range: bytes {first}-{last}/{total}"
        connection.body(piece, said, status=206, type_="application/octet-stream")

    with HostileServer(authority.issue(), with_ipa(script)) as server:
        assert run(server, authority, {}).of("binary-unreadable")


def test_the_ceiling_can_be_met() -> None:
    """The child's own limit holds: a ceiling that nothing can reach would show nothing."""
    code = "import resource; from tests.hosting.verify_child import *; resource.setrlimit(resource.RLIMIT_AS, "
    code += "(ADDRESS_SPACE, ADDRESS_SPACE)); bytearray(ADDRESS_SPACE)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr
