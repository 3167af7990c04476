"""Broken deployments, one fault each: verify must name exactly that fault, and nothing that is well."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest

from otasite.problems.codes import verify
from otasite.problems.register import REGISTER
from tests.binaries.apple import png_chunk
from tests.hosting.live_server import Resource
from tests.hosting.live_site import LiveSite, ipa, profile

pytestmark = pytest.mark.thorough

LOGIN = "<!doctype html><title>Sign in</title><form><input name=user><input type=password name=p></form>"
NOW = dt.datetime.now(dt.UTC)

#: One fault: how to bring it about, the checks that must find it (with words of what they find), and options.
Fault = tuple[Callable[[LiveSite], object], dict[str, str], dict[str, Any]]


def fault(spoil: Callable[[LiveSite], object], wishes: dict[str, Any] | None = None, **expected: str) -> Fault:
    return spoil, {name.replace("_", "-"): words for name, words in expected.items()}, wishes or {}


# --- ways to spoil a deployment -------------------------------------------------------------------------------


def headers(ending: str, **changes: str | None) -> Callable[[LiveSite], None]:
    """Change headers of one file; None takes one away."""

    def spoil(live: LiveSite) -> None:
        found = live.resource(ending).headers
        for name, text in changes.items():
            found.pop(name.replace("_", "-"), None)
            if text is not None:
                found[name.replace("_", "-")] = text

    return spoil


def answer(ending: str, make: Callable[[LiveSite], Resource]) -> Callable[[LiveSite], None]:
    def spoil(live: LiveSite) -> None:
        live.server.resources[live.path(ending)] = make(live)

    return spoil


def setting(ending: str, **values: Any) -> Callable[[LiveSite], None]:
    def spoil(live: LiveSite) -> None:
        for name, value in values.items():
            setattr(live.resource(ending), name, value)

    return spoil


def single_page_app(live: LiveSite) -> None:
    """Everything unknown is answered with the index page, and the manifest was not uploaded."""
    del live.server.resources[live.path("manifest.plist")]
    live.server.fallback = live.server.resources["/"]


def moved(ending: str, scheme: str = "https", query: str = "") -> Callable[[LiveSite], None]:
    """The file sits elsewhere, behind a redirect."""

    def spoil(live: LiveSite) -> None:
        path = live.path(ending)
        live.server.resources["/elsewhere" + path] = live.server.resources[path]
        target = f"{live.url}elsewhere{path}{query}".replace("https://", f"{scheme}://")
        live.server.resources[path] = Resource.redirect(target)

    return spoil


def loop(live: LiveSite) -> None:
    live.server.resources[live.path(".ipa")] = Resource.redirect(live.url + live.path(".ipa")[1:])


def login_for_manifest(live: LiveSite) -> None:
    live.server.resources[live.path("manifest.plist")] = Resource.redirect("/login?next=manifest")
    live.server.resources["/login"] = Resource.html("<!doctype html><title>Welcome</title><p>Use your pass key.")


def metadata(**changes: str | None) -> Callable[[LiveSite], None]:
    """Change the manifest's metadata; None takes a key away."""

    def change(item: dict[str, Any]) -> None:
        for name, text in changes.items():
            item["metadata"].pop(name.replace("_", "-"), None)
            if text is not None:
                item["metadata"][name.replace("_", "-")] = text

    return lambda live: live.edit_manifest(change)


def asset(number: int, **changes: Any) -> Callable[[LiveSite], None]:
    def change(item: dict[str, Any]) -> None:
        for name, value in changes.items():
            key = name.replace("_", "-")
            item["assets"][number].pop(key, None)
            if value is not None:
                item["assets"][number][key] = value

    return lambda live: live.edit_manifest(change)


def in_chunks(live: LiveSite, wrong: int | None = None) -> None:
    """A manifest with many small chunks, of which one may be wrong."""
    body, size = live.resource(".ipa").body, 50_000
    digests = [hashlib.sha256(body[at : at + size]).hexdigest() for at in range(0, len(body), size)]
    if wrong is not None:
        digests[wrong] = "0" * 64
    asset(0, sha256_size=size, sha256s=digests)(live)


def other_ipa(**description: Any) -> Callable[[LiveSite], None]:
    """Another IPA under the old address; the manifest fits its bytes, so only what is inside differs."""

    def spoil(live: LiveSite) -> None:
        body = ipa(live.folder / "other.ipa", **description)
        republish(live, body)

    return spoil


def republish(live: LiveSite, body: bytes) -> None:
    live.replace_ipa(body)
    asset(0, sha256_size=len(body), sha256s=[hashlib.sha256(body).hexdigest()])(live)
    catalogue = live.server.resources["/catalogue.json"]
    catalogue.status = 404  # else it would tell the size and the digest, too


def flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def signed(days: int) -> Callable[[LiveSite], None]:
    """The manifest names the IPA by an address that was signed so many days ago, for a week."""

    def spoil(live: LiveSite) -> None:
        live.server.resources["/catalogue.json"].status = 404
        asset(0, url=f"{live.url}{live.path('.ipa')[1:]}?{signature(days)}")(live)

    return spoil


def signature(days: int) -> str:
    moment = NOW - dt.timedelta(days=days)
    return f"X-Amz-Date={moment:%Y%m%dT%H%M%SZ}&X-Amz-Expires=604800&X-Amz-Signature=0"


def picture(side: int, body: bytes | None) -> Callable[[LiveSite], None]:
    def spoil(live: LiveSite) -> None:
        if body is None:
            del live.server.resources[live.picture(side)]
        else:
            live.server.resources[live.picture(side)].body = body

    return spoil


def other_size(live: LiveSite) -> None:
    live.server.resources[live.picture(57)].body = live.server.resources[live.picture(512)].body


def other_version(live: LiveSite) -> None:
    """What people read on the release's page says another version; its links are right."""
    page = live.server.resources["/notes/1.1-2/"]
    page.body = re.sub(rb">([^<]*)1\.1", rb">\g<1>9.9", page.body)


def without_catalogue(spoil: Callable[[LiveSite], object]) -> Callable[[LiveSite], None]:
    """The same on a site that says nothing about itself: verify has only what it finds on the pages."""

    def both(live: LiveSite) -> None:
        live.server.resources["/catalogue.json"].status = 404
        spoil(live)

    return both


def link(old: str, new: str) -> Callable[[LiveSite], None]:
    """Change the install links (and nothing else) of all pages; no catalogue tells what they should be."""

    def spoil(live: LiveSite) -> None:
        live.server.resources["/catalogue.json"].status = 404
        live.edit_pages(old, new)

    return spoil


def quoted(live: LiveSite) -> str:
    """How the beginning of every manifest's address stands in the links."""
    return f"https%3A%2F%2Flocalhost%3A{live.server.port}%2F"


def certificate(**options: Any) -> Callable[[LiveSite], None]:
    names = options.pop("names", ())
    return lambda live: live.server.use(live.authority.issue(*names, **options))


CGBI = (
    b"\x89PNG\r\n\x1a\n"
    + png_chunk(b"CgBI", b"\x50\x00\x20\x02")
    + png_chunk(b"IHDR", b"\0\0\0\x39\0\0\0\x39\x08\x06\0\0\0")
)

FAULTS: dict[str, Fault] = {
    # --- TLS
    "wrong chain": fault(certificate(self_signed=True), tls_chain="not trusted"),
    "intermediate missing": fault(certificate(from_root=False, chain=False), tls_chain="not trusted"),
    "certificate expired": fault(certificate(days=-2), tls_expired="outside its dates"),
    "certificate for another host": fault(certificate(names=("other.example",)), tls_name="another host"),
    "certificate ends soon": fault(certificate(days=9), tls_expiring="until"),
    "certificate for ten years": fault(certificate(days=3650), tls_key="at most 825"),
    "old protocol": fault(
        lambda live: live.server.use(live.authority.issue(), old_protocol=True), tls_protocol="no TLS 1.2"
    ),
    "unknown authority": fault(lambda live: None, {"ca": None}, tls_chain="not trusted"),
    # --- redirects
    "manifest moved": fault(moved("manifest.plist"), redirect="elsewhere"),
    "ipa moved": fault(moved(".ipa"), redirect="elsewhere"),
    "manifest over plain http": fault(moved("manifest.plist", "http"), redirect_http="http://"),
    "ipa over plain http": fault(moved(".ipa", "http"), redirect_http="http://"),
    "ipa moved to a signed address": fault(moved(".ipa", query="?X-Amz-Signature=0"), redirect=".ipa?…"),
    "redirect loop": fault(loop, redirect_loop="leads to"),
    # --- manifests
    "single-page fallback": fault(
        single_page_app, manifest_fallback="the site's index page", missing_page="does not exist"
    ),
    "manifest behind a login page": fault(
        answer("manifest.plist", lambda live: Resource.html(LOGIN)), manifest_login="a login page"
    ),
    "manifest behind a redirect to a login": fault(
        login_for_manifest, manifest_login="a login page", redirect="login"
    ),
    "manifest asks for a password": fault(setting("manifest.plist", status=401), manifest_login="401"),
    "manifest missing": fault(setting("manifest.plist", status=404), manifest_status="404"),
    "manifest cut off": fault(
        lambda live: setattr(live.resource("manifest.plist"), "body", live.resource("manifest.plist").body[:300]),
        manifest_plist="no property list",
    ),
    "manifest of wrong type": fault(
        headers("manifest.plist", Content_Type="application/json"), manifest_type="application/json"
    ),
    "manifest cached for a year": fault(
        headers("manifest.plist", Cache_Control="public, max-age=31536000, immutable"), manifest_cache="old copy"
    ),
    "stale manifest": fault(
        lambda live: setattr(
            live.resource("manifest.plist"), "body", live.server.resources["/notes/1.0-1/manifest.plist"].body
        ),
        manifest_stale="the catalogue says",
    ),
    "stale manifest against the local build": fault(
        lambda live: live.edit_manifest(lambda item: item["metadata"].update(subtitle="Old")),
        {"dist": True},
        stale_copy="another content",
    ),
    "title missing": fault(metadata(title=None), manifest_keys="no title"),
    "title of one character": fault(metadata(title="N"), manifest_keys="too short"),
    "kind is not software": fault(metadata(kind="book"), manifest_keys="“book”"),
    "platform is not the iPhone's": fault(
        metadata(platform_identifier="com.apple.platform.appletvos"), manifest_keys="skips"
    ),
    "no package": fault(asset(0, kind="something"), manifest_keys="no software-package"),
    "relative address in the manifest": fault(
        without_catalogue(asset(0, url="notes.ipa")), manifest_url="“notes.ipa”"
    ),
    "picture over plain http": fault(
        lambda live: asset(1, url=live.url.replace("https", "http") + "icon.png")(live), manifest_url="display-image"
    ),
    "hashes without a size": fault(asset(0, sha256_size=None), manifest_hashes="iOS ignores them"),
    # --- the IPA
    "ipa missing": fault(setting(".ipa", status=404), binary_status="404"),
    "ipa forbidden": fault(setting(".ipa", status=401), binary_login="password"),
    "ipa is a login page": fault(answer(".ipa", lambda live: Resource.html(LOGIN)), binary_login="a login page"),
    "ipa is a page": fault(
        answer(".ipa", lambda live: Resource.html("<!doctype html><title>Oops</title>")), binary_status="an HTML page"
    ),
    "gzip on the ipa": fault(setting(".ipa", gzip=True), binary_encoding="gzip"),
    "ipa of wrong type": fault(headers(".ipa", Content_Type="application/x-zip"), binary_type="application/x-zip"),
    "no length": fault(setting(".ipa", length=False), binary_length="no Content-Length"),
    "HEAD refused": fault(setting(".ipa", head_status=405), binary_head="405"),
    "no ranges": fault(setting(".ipa", ranges=False), binary_range="whole file", binary_unchecked="no range"),
    "immutable missing": fault(headers(".ipa", Cache_Control="no-cache"), binary_cache="kept for good"),
    "ipa replaced in place": fault(
        lambda live: live.replace_ipa(ipa(live.folder / "new.ipa", profile=profile(kind="enterprise"))),
        binary_size="catalogue says",
        binary_hash="another hash",
    ),
    "one byte differs": fault(
        lambda live: live.replace_ipa(flipped(live.resource(".ipa").body, 100_000)),
        binary_hash="another hash",
    ),
    "ipa cut off": fault(
        lambda live: live.replace_ipa(live.resource(".ipa").body[:200_000]),
        binary_size="200,000 bytes",
        binary_hash="another hash",
        binary_unreadable="",
    ),
    "connection cut": fault(setting(".ipa", sent=1000), binary_truncated="ended before"),
    "connection cut late": fault(
        setting(".ipa", sent=150_000), {"full": True}, binary_truncated="after 150,000 bytes"
    ),
    "last chunk wrong": fault(lambda live: in_chunks(live, -1), binary_hash="chunk 6 of 6"),
    "middle chunk wrong": fault(lambda live: in_chunks(live, 2), {"full": True}, binary_hash="chunk 3 of 6"),
    "too few hashes": fault(
        lambda live: asset(0, sha256_size=50_000, sha256s=["0" * 64])(live),
        binary_size="do not fit 1 hashes",
        binary_hash="another hash",
    ),
    "bundle identifier differs": fault(
        other_ipa(identifier="com.example.other"), bundle_identifier="com.example.other"
    ),
    "build number differs": fault(other_ipa(build="77"), bundle_version="77"),
    "profile expired": fault(other_ipa(profile=profile(dt.datetime(2020, 1, 1))), profile_expired="2020-01-01"),
    "profile ends soon": fault(
        other_ipa(profile=profile((NOW + dt.timedelta(days=10)).replace(tzinfo=None))), profile_expiring="ends on"
    ),
    "signed for the store": fault(other_ipa(profile=profile(kind="app-store")), not_installable="App Store"),
    "not signed": fault(
        other_ipa(executable=None, sealed=False, profile=None), {"full": True}, not_installable="sign"
    ),
    "signed address has ended": fault(signed(8), binary_signature="could be fetched until"),
    "signed address ends soon": fault(signed(6), binary_signature="until"),
    # --- pictures
    "picture missing": fault(picture(57, None), image_status="display-image: HTTP 404"),
    "picture is no PNG": fault(picture(512, b"GIF89a"), image_png="full-size-image: it is no PNG"),
    "picture from inside the app": fault(picture(57, CGBI), image_png="Apple's own variant"),
    "picture of wrong size": fault(other_size, image_size="512 × 512, not 57 × 57"),
    # --- pages and links
    "page missing": fault(lambda live: live.server.resources.pop("/notes/1.1-2/"), page_status="404"),
    "page as plain text": fault(
        lambda live: live.server.resources["/notes/1.1-2/"].headers.update({"Content-Type": "text/plain"}),
        page_type="text/plain",
    ),
    "page cached for a day": fault(
        lambda live: live.server.resources["/notes/"].headers.update({"Cache-Control": "max-age=86400"}),
        page_cache="max-age=86400",
    ),
    "page behind a login": fault(
        lambda live: live.server.resources.update({"/notes/1.1-2/": Resource.html(LOGIN)}), page_login="password"
    ),
    "stylesheet missing": fault(
        lambda live: live.server.resources.pop(
            next(p for p in live.server.resources if "/site." in p and p.endswith(".css"))
        ),
        page_file="404",
    ),
    "old page": fault(
        lambda live: live.server.resources.update({"/notes/1.1-2/": live.server.resources["/notes/1.0-1/"]}),
        page_release="does not install",
    ),
    "an app's page that still offers the build before": fault(
        lambda live: setattr(
            live.server.resources["/notes/"],
            "body",
            live.server.resources["/notes/"].body.replace(b"1.1-2%2Fmanifest.plist", b"1.0-1%2Fmanifest.plist"),
        ),
        page_release="/notes/1.1-2/manifest.plist",
    ),
    "page of another version": fault(other_version, page_release="does not show version 1.1"),
    "no install link": fault(link("itms-services", "mailto"), page_install_link="no page links"),
    "unencoded address with =": fault(
        lambda live: link(quoted(live) + "notes", live.url + "R=D/notes")(live),
        link_malformed="no url",
        page_install_link="",
    ),
    "unencoded address with &": fault(
        lambda live: link(quoted(live) + "notes", live.url + "R&amp;D/notes")(live),
        link_malformed="cuts",
        manifest_status="404",
    ),
    "semicolon in the address": fault(
        lambda live: link(quoted(live) + "notes", live.url + "R;D/notes")(live),
        link_malformed="cuts",
        manifest_status="404",
    ),
    "address encoded twice": fault(
        lambda live: link(quoted(live), quoted(live).replace("%", "%25"))(live), link_double_encoded="https%3A"
    ),
    "relative address in the link": fault(
        lambda live: link(quoted(live), "%2F")(live), link_relative="“/notes", page_install_link=""
    ),
    "link without slashes": fault(
        link("itms-services://?", "itms-services:?"), link_malformed="no //", page_install_link=""
    ),
    "link opens a new tab": fault(
        link('href="itms-services', 'target="_blank" href="itms-services'), link_target="_blank"
    ),
    "catalogue of wrong type": fault(
        lambda live: live.server.resources["/catalogue.json"].headers.update({"Content-Type": "text/plain"}),
        catalogue="text/plain instead",
    ),
    "catalogue damaged": fault(
        lambda live: setattr(live.server.resources["/catalogue.json"], "body", b"{"), catalogue="cannot be read"
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(live: LiveSite, name: str) -> None:
    spoil, expected, wishes = FAULTS[name]
    spoil(live)
    if wishes.get("dist"):
        wishes = wishes | {"dist": live.dist}
    found = live.findings(**wishes)
    told = {check: [row.found for row in rows] for check, rows in found.items()}
    assert set(found) == set(expected), told
    for check, words in expected.items():
        assert any(words in row.found for row in found[check]), told
        assert all(row.fix == REGISTER[check].fix for row in found[check])


def test_every_check_has_a_fault() -> None:
    """A check that no broken deployment triggers is a check that nobody knows to work."""
    tested = {check for _, expected, _ in FAULTS.values() for check in expected}
    elsewhere = {
        "https",
        "connect",
        "page-limit",
        "time-limit",
        "catalogue-app",
    }  # in test_verify_good.py and test_verify_hostile.py: they are not faults of this site
    assert {code.name for code in verify.CODES} | {"binary-truncated", "binary-unreadable"} == tested | elsewhere
