"""The parts of verify that have a language of their own: links, cache headers, HTML, remote archives."""

from __future__ import annotations

import io
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otasite.binaries.unreadable import Unreadable
from otasite.hosting.verify.client import Client
from otasite.hosting.verify.html import link_parameters, manifest_of, read_page
from otasite.hosting.verify.remote import BLOCK, RemoteFile, read_app
from otasite.hosting.verify.tls import trusting
from otasite.hosting.verify.transfer import max_age, signed_until
from otasite.site.urls import install_link
from tests.binaries.apple import NOW
from tests.binaries.zips import write_zip
from tests.hosting.live_server import Resource
from tests.hosting.live_site import LIMITS, QUICK, LiveSite

HOST = "https://apps.example.com/"


@given(st.text(alphabet=string.ascii_letters + "&=;%+#?/ ü😀'\"._-", max_size=40))
def test_otasites_links_survive_what_ios_does(path: str) -> None:
    url, rows = manifest_of(install_link(HOST + path), "page")
    assert url == HOST + path
    assert [row.result for row in rows] == ["ok"]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("itms-services://?action=download-manifest&url=https%3A%2F%2Fh%2Fm", "https://h/m"),
        ("itms-services://?action=download-manifest;url=https%3A%2F%2Fh%2Fm", "https://h/m"),
        ("itms-services://?url=https://h/m&action=download-manifest", "https://h/m"),
        ("itms-services://?action=download-manifest&url=https://h/m?a=b", ""),
        ("itms-services://?action=download-manifest&url=https://h/a+b", "https://h/a+b"),
        ("itms-services://?action=install&url=https://h/m", ""),
        ("itms-services:?action=download-manifest&url=https://h/m", ""),
        ("itms-services://?action=download-manifest&url=http://h/m", ""),
        ("itms-services://?action=download-manifest&url=//h/m", ""),
        ("itms-services://?action=download-manifest&url=https://[/m", ""),
    ],
)
def test_links(link: str, url: str) -> None:
    assert manifest_of(link, "page")[0] == url


def test_a_part_with_two_equal_signs_is_dropped() -> None:
    assert link_parameters("itms-services://?a=1&b=2=3&c&d=%2520") == {"a": "1", "d": "%20"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("public", None),
        ("max-age=60", 60),
        ("public, max-age=0, must-revalidate", 0),
        ("max-age=0, s-maxage=86400", 86400),
        ("no-cache", 0),
        ("no-store, max-age=99", 0),
        ('max-age="10"', 10),
        ("max-age=soon", None),
    ],
)
def test_max_age(text: str, seconds: int | None) -> None:
    assert max_age(text) == seconds


def test_a_page_is_read_as_browsers_do() -> None:
    html = b"""<!doctype html><title>A</title><link rel="stylesheet" href="/s.css"><link rel=canonical href=/x>
    <script src=j.js>var a = "<a href='/no/'>";</script>
    <a HREF="b/#top">B</a><a href="itms-services://?a=1&amp;b=2" target=_top>I</a><a name=x></a>
    <img src="../i.png"><a href="mailto:a@b">m</a><a href="http://[">broken</a><p>Text &amp; more"""
    page = read_page(html, "https://h/a/")
    assert page.links == ("https://h/a/b/",)
    assert page.files == ("https://h/s.css", "https://h/a/j.js", "https://h/i.png")
    assert page.installs == (("itms-services://?a=1&b=2", "_top"),)
    assert page.text.endswith("Text & more")
    assert not page.asks_password


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    read_page(data, "https://h/")


def test_an_archive_over_the_network(live: LiveSite) -> None:
    body = live.resource(".ipa").body
    live.server.requests.clear()
    with Client(trusting(live.authority.root), QUICK, LIMITS, NOW) as client:
        url = live.url + live.path(".ipa")[1:]
        with RemoteFile(client, url, len(body)) as file:
            assert file.read(10) == body[:10]
            assert file.seek(-7, io.SEEK_END) == len(body) - 7
            assert file.read() == body[-7:]
            file.seek(BLOCK - 5)
            assert file.read(10) == body[BLOCK - 5 : BLOCK + 5]
            assert file.read(0) == b""
            with pytest.raises(ValueError, match="before the start"):
                file.seek(-1)
            count = len(live.server.requests)
            assert count == 2, "blocks are asked for once, and neighbours together"
            assert read_app(file).identifier == "com.example.app"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"Payload/A.app/other": b""}, "no Payload/….app/Info.plist"),
        ({"Deep/Payload/A.app/Info.plist": b"<plist/>"}, "no Payload/….app/Info.plist"),
        ({"Payload/A.app/Info.plist": b"nonsense"}, "Info.plist cannot be read"),
        ({"Payload/A.app/Info.plist": b"0" * (9 * 2**20)}, "larger than"),
    ],
)
def test_archives_that_hold_no_app(
    live: LiveSite, tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], words: str
) -> None:
    body = write_zip(tmp_path_factory.mktemp("zip") / "x.zip", files).read_bytes()
    with pytest.raises(Unreadable, match=words):
        read_from(live, body)


@pytest.mark.parametrize("body", [b"", b"PK", b"not a zip" * 100, b"PK\x05\x06" + b"\xff" * 18])
def test_bytes_that_are_no_archive(live: LiveSite, body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_from(live, body)


def read_from(live: LiveSite, body: bytes) -> None:
    live.server.resources["/x.ipa"] = Resource(body)
    with (
        Client(trusting(live.authority.root), QUICK, LIMITS, NOW) as client,
        RemoteFile(client, f"{live.url}x.ipa", len(body)) as file,
    ):
        read_app(file)


@pytest.mark.parametrize(
    ("query", "until"),
    [
        ("X-Amz-Date=20260601T000000Z&X-Amz-Expires=604800&X-Amz-Signature=0", "2026-06-08T00:00:00+00:00"),
        ("X-Goog-Date=20260601T000000Z&X-Goog-Expires=3600&X-Goog-Signature=0", "2026-06-01T01:00:00+00:00"),
        ("Expires=1780272000&Signature=0&Key-Pair-Id=K", "2026-06-01T00:00:00+00:00"),
        ("sv=2022-11-02&se=2026-06-01T00%3A00%3A00Z&sr=b&sig=0", "2026-06-01T00:00:00+00:00"),
        ("X-Amz-Date=soon&X-Amz-Expires=604800&X-Amz-Signature=0", None),
        ("Signature=0", None),
        ("version=3", None),
        ("", None),
    ],
)
def test_until_when_an_address_is_signed(query: str, until: str | None) -> None:
    found = signed_until(f"https://files.example.com/a.ipa?{query}")
    assert (found.isoformat() if found else None) == until
