"""What a preview serves over real sockets."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from otasite.catalogue.project import Project
from otasite.preview.live_site import LiveSite
from tests.preview.projects import PATIENCE, Running, add_own_binary, change

pytestmark = pytest.mark.thorough

FERRY = "apps/ferry/app.yaml"
NEWEST = "apps/ferry/releases/1.1-11.yaml"


# --- what is served -------------------------------------------------------------------------------------------


def test_pages_are_at_their_real_addresses(live: Running) -> None:
    assert live.url.endswith("/repo/")
    assert "Harbour Apps" in live.get("").text
    assert "Notes of 1.1" in live.get("ferry/1.1-11/").text
    assert "Who we are." in live.get("about/").text
    for path, to in {"/": "/repo/", "/repo": "/repo/", "/repo/ferry": "/repo/ferry/"}.items():
        reply = live.get(path)
        assert (reply.status, reply.headers["location"]) == (302, to)


def test_what_is_not_there_gets_the_sites_own_page(live: Running) -> None:
    for path in (
        "nothing/here/",
        "/elsewhere/",
        "ferry/9.9-9/",
        "..%2f..%2fetc/passwd",
        "/repo/../content/site.yaml",
    ):
        reply = live.get(path)
        assert reply.status == 404, path
        assert "preview.js" in reply.text


def test_hidden_files_and_settings_of_hosts_are_not_served(live: Running) -> None:
    static = live.content / "static"
    (static / ".well-known").mkdir(parents=True)
    (static / ".well-known" / "security.txt").write_text("Contact: us")
    (static / "plain.txt").write_text("plain")
    live.wait_for_text("plain.txt", "plain")
    assert live.get(".well-known/security.txt").status == 200
    for path in (".nojekyll", "_headers", ".git/config", "content/site.yaml", ".well-known/../site.yaml"):
        assert live.get(path).status == 404, path


def test_files_have_the_headers_that_hosts_will_send(live: Running) -> None:
    manifest = live.get("ferry/1.1-11/manifest.plist")
    assert manifest.headers["content-type"] == "text/xml"
    assert b"https://files.example.com/1.1.ipa" in manifest.body
    css = next(path for path in live.status()["styles"] if "site." in path)
    assert "immutable" in live.get(css).headers["cache-control"]
    head = live.get(css, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(live.get(css).body)
    again = live.get(css, If_None_Match=head.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_a_pages_policy_stays_strict(live: Running) -> None:
    policy = live.get("ferry/").headers["content-security-policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in live.get("ferry/").text


def test_a_binary_arrives_whole_and_in_parts(live: Running) -> None:
    data = add_own_binary(live.project)
    live.wait_for(lambda: live.get("ferry/1.10-0123/manifest.plist").status == 200, "the release")
    manifest = live.get("ferry/1.10-0123/manifest.plist").text
    path = manifest.partition("https://apps.example.com")[2].partition("</string>")[0]
    whole = live.get(path)
    assert (whole.status, whole.body) == (200, data)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["accept-ranges"] == "bytes"
    assert "no-transform" in whole.headers["cache-control"]
    head = live.get(path, method="HEAD")
    assert (head.headers["content-length"], head.body) == (str(len(data)), b"")
    part = live.get(path, Range="bytes=1000-1999")
    assert (part.status, part.body) == (206, data[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    assert live.get(path, Range=f"bytes={len(data)}-").status == 416


def test_binaries_that_will_live_elsewhere_are_served_here(live: Running) -> None:
    """A phone can rehearse the install before anything is uploaded."""
    data = add_own_binary(live.project)
    site = live.project.content / "site.yaml"
    site.write_text(
        f"{site.read_text()}hosting: cloudflare-pages\nbinaries: {{base_url: https://elsewhere.example/}}\n"
    )
    live.wait_for(lambda: live.get("ferry/1.10-0123/manifest.plist").status == 200, "the release")
    manifest = live.get("ferry/1.10-0123/manifest.plist").text
    assert "elsewhere.example" not in manifest
    path = manifest.partition("https://apps.example.com")[2].partition("</string>")[0]
    assert live.get(path).body == data


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.7", ""])
def test_foreign_names_are_refused(live: Running, host: str) -> None:
    reply = live.get("", Host=host)
    assert reply.status in (400, 421)
    assert b"Harbour" not in reply.body
    assert live.get("_otasite/status?path=/repo/", Host=host).status == reply.status


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8000", "ferry.localhost"])
def test_names_of_this_machine_are_answered(live: Running, host: str) -> None:
    assert live.get("", Host=host).status == 200


def test_nothing_else_can_be_asked(live: Running) -> None:
    assert live.get("", method="POST", body=b"x").status == 405
    assert live.get("_otasite/status", method="DELETE").status == 405
    for name in ("", "..%2fserver.py", "../server.py", "__init__.py", "nothing.js"):
        assert live.get(f"_otasite/{name}").status == 404, name


def test_the_base_path_can_be_another(start: Callable[..., Running]) -> None:
    live = start(base_path="/other/place")
    assert live.url.endswith("/other/place/")
    assert live.get("ferry/").status == 200
    assert "https://apps.example.com/other/place/ferry/" in live.get("ferry/").text


def test_a_tunnel_is_named_everywhere(start: Callable[..., Running]) -> None:
    live = start(base_url="https://phone.tunnel.example/apps/")
    assert "phone.tunnel.example%2Fapps%2Fferry" in live.get("ferry/").text
    outside = live.get("/apps/ferry/", Host="phone.tunnel.example")
    assert outside.status == 200
    assert "bar.js" not in outside.text, "people elsewhere see no bar"
    status = live.get("/apps/_otasite/status?bar=1&path=/apps/ferry/", Host="phone.tunnel.example").json()
    assert status["bar"] is None, "nor paths of this machine"
    assert live.get("/apps/ferry/", Host="other.tunnel.example").status == 421


def test_a_site_without_an_address_can_be_previewed(project: Project, start: Callable[..., Running]) -> None:
    change(project.content / "site.yaml", "base_url: https://apps.example.com/repo/\n", "")
    live = start()
    assert live.get("ferry/").status == 200
    assert live.codes() == []
    assert f"https://localhost:{live.preview.port}/ferry/" in live.get("ferry/").text


def test_nothing_reaches_dist(live: Running) -> None:
    change(live.content / FERRY, "First", "Second")
    live.wait_for_text("ferry/", "Second")
    live.stop()
    assert not (live.project.root / "dist").exists()
    assert sorted(path.name for path in live.project.root.iterdir()) == [".otasite", "content"]


# --- large catalogues -----------------------------------------------------------------------------------------


def test_a_catalogue_that_takes_long_to_read_says_so(
    project: Project, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otasite.preview.live_site.PATIENCE", -1.0)  # everything takes longer than that
    slow = threading.Event()
    monkeypatch.setattr(LiveSite, "settle", lambda *_: slow.wait(PATIENCE))
    live = start(wait=False)
    reply = live.get("")
    assert reply.status == 503
    assert "0 of 2 apps" in reply.text
    assert live.get("nowhere/").status == 503
    assert live.get("ferry/").status == 200, "an app's own pages need nothing else"
    assert "1 of 2 apps" in live.get("").text
    monkeypatch.undo()
    slow.set()
    live.wait_for_text("", "Ferry")
    change(live.content / "site.yaml", "Harbour", "Canal")
    live.wait_for_text("", "Canal")


def test_the_index_stays_until_a_newer_one_is_ready(live: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    before = live.get("").text
    slow = threading.Event()
    settle = LiveSite.settle
    monkeypatch.setattr("otasite.preview.live_site.PATIENCE", -1.0)
    monkeypatch.setattr(LiveSite, "settle", lambda site, progress: (slow.wait(PATIENCE), settle(site, progress)))
    version = live.preview.site.version
    change(live.content / "apps/ferry/app.yaml", "Ferry", "Barge")
    live.wait_for(lambda: live.preview.site.version != version, "the change")
    assert live.get("").text == before
    version = live.preview.site.version
    slow.set()
    live.wait_for_text("", "Barge")
    live.wait_for(lambda: live.preview.site.version != version, "open pages to be told again")


# --- theme options --------------------------------------------------------------------------------------------


def test_options_can_be_tried_by_pages_of_this_server_only(live: Running) -> None:
    own = f"http://127.0.0.1:{live.preview.port}"
    accent = b'{"accent": "#aa0044"}'
    assert live.get("_otasite/options", method="POST", body=accent).status == 403
    assert live.get("_otasite/options", method="POST", body=accent, Origin="https://evil.example").status == 403
    before = live.status("ferry/")
    tried = live.get("_otasite/options", method="POST", body=accent, Origin=own)
    assert tried.status == 200
    after = live.status("ferry/")
    assert before["shape"] == after["shape"]
    assert before["digest"] != after["digest"], "only the stylesheet's name differs"
    assert any("#aa0044" in live.get(css).text for css in after["styles"])
    wrong = live.get("_otasite/options", method="POST", body=b'{"accent": "reddish"}', Origin=own)
    assert wrong.status == 400
    assert live.codes() == [], "a wrong try changes nothing"
    assert live.get("_otasite/options", method="POST", body=b"[]", Origin=own).status == 400
    assert live.get("_otasite/options", method="POST", body=b"{}", Origin=own).status == 200
    assert live.status("ferry/")["digest"] == before["digest"]


# --- between runs ---------------------------------------------------------------------------------------------


def test_the_next_start_need_not_load_what_did_not_change(
    live: Running, start: Callable[..., Running], project: Project
) -> None:
    live.stop()
    again = start()
    units = again.preview.site._workshop.units.values()
    assert [unit.files for unit in units] == [None, None], "nothing was planned yet"
    assert "Tug" in again.get("").text
    again.stop()
    assert [unit.is_tried for unit in units] == [True, True]
    change(project.content / FERRY, "Ferry", "Barge")
    third = start()
    assert "Barge" in third.get("").text
