"""What a preview serves over real sockets, and how it follows the files."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from otasite.catalogue.project import Project
from otasite.preview.live_site import LiveSite
from tests.preview.projects import APP, PATIENCE, RELEASE, Running, add_own_binary, change, put

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


# --- following changes ----------------------------------------------------------------------------------------


def test_break_fetch_fix_fetch(live: Running) -> None:
    good = live.status("ferry/")["digest"]
    change(live.content / FERRY, "name:", "nome:")
    live.wait_for(lambda: live.codes("ferry/") != [], "problems")
    assert live.codes("tug/") == ["unknown-key"], "every page tells all problems"
    (frame,) = [each for each in live.status("ferry/")["problems"] if each["code"] == "unknown-key"]
    assert frame["place"] == "content/apps/ferry/app.yaml:1:1"
    assert (frame["line"], frame["text"], frame["column"]) == (1, "nome: Ferry", 1)
    assert "did you mean “name”?" in frame["hint"]
    assert live.status("ferry/")["digest"] == good, "the last good page stays"
    assert live.get("ferry/").status == 200
    change(live.content / FERRY, "nome: Ferry", "name: Fähre")
    live.wait_for_text("ferry/", "Fähre")
    assert live.codes("ferry/") == []
    assert live.status("ferry/")["digest"] != good


def test_an_edit_changes_the_pages_that_show_it_and_no_other(live: Running) -> None:
    pages = ("", "ferry/", "ferry/1.0-10/", "ferry/1.1-11/", "tug/", "about/", "no/such/page/")
    before = {page: live.status(page)["digest"] for page in pages}
    change(live.content / NEWEST, "Notes of 1.1", "Now with gulls")
    live.wait_for_text("ferry/", "gulls")
    after = {page: live.status(page)["digest"] for page in pages}
    assert {page for page in pages if before[page] != after[page]} == {"ferry/", "ferry/1.1-11/"}


def test_a_save_that_changes_nothing_does_nothing(live: Running) -> None:
    version = live.preview.site.version
    file = live.content / FERRY
    with file.open("r+b") as same:  # in place: emptied first, the file would for a moment really be another
        data = same.read()
        same.seek(0)
        same.write(data)
    os.utime(file, (1, 1))
    change(live.content / NEWEST, "Notes of 1.1", "Later")
    live.wait_for_text("ferry/", "Later")
    assert [sorted(seen.files) for seen in live.changes] == [["content/apps/ferry/releases/1.1-11.yaml"]]
    assert live.preview.site.version == version + 1


def test_reading_is_no_change(live: Running) -> None:
    for path in ("", "ferry/", "tug/", "about/", "ferry/1.0-10/"):
        live.get(path)
    for file in live.content.rglob("*.yaml"):
        file.read_bytes()
    change(live.content / FERRY, "First", "Second")
    live.wait_for_text("ferry/", "Second")
    assert len(live.changes) == 1


def test_a_new_app_a_new_release_and_their_end(live: Running) -> None:
    home = live.content / "apps" / "dredger"
    (home / "releases").mkdir(parents=True)
    (home / "app.yaml").write_text(APP.format(name="Dredger", id="dredger"))
    (home / "releases" / "1.yaml").write_text(RELEASE.format(version="0.1", build="12"))
    live.wait_for_text("", "Dredger")
    assert "Notes of 0.1" in live.get("dredger/").text
    (home / "releases" / "2.yaml").write_text(RELEASE.format(version="0.2", build="13"))
    live.wait_for_text("dredger/", "Notes of 0.2")
    (home / "releases" / "2.yaml").unlink()
    live.wait_for(lambda: live.get("dredger/0.2-13/").status == 404, "the release's end")
    shutil.rmtree(home)
    live.wait_for(lambda: live.get("dredger/").status == 404, "the app's end")
    assert "Dredger" not in live.get("").text
    assert live.codes() == []


def test_the_whole_content_can_go_and_come_back(live: Running, tmp_path: Path) -> None:
    live.content.rename(tmp_path / "away")
    live.wait_for(lambda: live.codes() != [], "problems")
    assert live.get("ferry/").status == 200, "the last good state stays"
    shutil.copytree(tmp_path / "away", live.content)
    live.wait_for(lambda: live.codes() == [], "no problems")
    change(live.content / FERRY, "First", "Back again")
    live.wait_for_text("ferry/", "Back again")


def test_folders_that_come_later_are_watched(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "404.html", "{% extends '@theme/404.html' %}{% block title %}Lost at sea{% endblock %}")
    live.wait_for_text("no/such/page", "Lost at sea")
    change(templates / "404.html", "Lost at sea", "Adrift")
    live.wait_for_text("no/such/page", "Adrift")
    shutil.rmtree(templates)
    live.wait_for(lambda: "Adrift" not in live.get("no/such/page").text, "the theme's own page")


def test_the_address_can_change_while_it_runs(live: Running) -> None:
    change(live.content / "site.yaml", "/repo/", "/elsewhere/")
    live.wait_for(lambda: live.get("/elsewhere/ferry/").status == 200, "the new path")
    assert live.preview.url.endswith("/elsewhere/")


def test_bursts_end_in_the_last_state(live: Running) -> None:
    file = live.content / NEWEST
    text = file.read_text()
    for number in range(300):
        file.write_text(text.replace("Notes of 1.1", f"Wave {number}."))
    live.wait_for_text("ferry/", "Wave 299.")
    names = [live.content / f"static/{number}.txt" for number in range(300)]
    names[0].parent.mkdir()
    for number, name in enumerate(names):
        name.write_text(f"file {number}")
    live.wait_for(lambda: live.get("static/").status == 404 and live.get("299.txt").status == 200, "the last file")
    assert all(live.get(name.name).text == f"file {number}" for number, name in enumerate(names) if number % 50 == 0)


# --- mistakes -------------------------------------------------------------------------------------------------


def test_it_starts_with_mistakes_and_shows_them_escaped(project: Project, start: Callable[..., Running]) -> None:
    site = project.content / "site.yaml"
    put(site, site.read_text() + "<script>alert(1)</script>: 1\n")
    live = start()
    reply = live.get("ferry/")
    assert reply.status == 500
    assert "content/site.yaml:6:1" in reply.text
    assert "<script>alert" not in reply.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;: 1" in reply.text
    assert reply.text.count("<article") == len(live.preview.site.problems())
    digest = live.status("ferry/")["digest"]
    assert f'data-digest="{digest}"' in reply.text
    put(site, site.read_text().replace("<script>alert(1)</script>: 1\n", ""))
    live.wait_for(lambda: live.get("ferry/").status == 200, "the page")
    assert live.status("ferry/")["digest"] != digest


def test_an_app_that_is_wrong_from_the_start_leaves_the_others_alone(
    project: Project, start: Callable[..., Running]
) -> None:
    change(project.content / FERRY, "bundle_id", "bundle")
    live = start()
    assert live.get("tug/").status == 200
    assert "Tug" in live.get("").text
    assert live.get("ferry/").status == 500
    assert "did you mean" in live.get("ferry/").text
    change(project.content / FERRY, "bundle", "bundle_id")
    live.wait_for(lambda: live.get("ferry/").status == 200, "the app")
    assert "Ferry" in live.get("").text


def test_a_mistake_in_a_template_names_its_line_and_keeps_the_page(live: Running) -> None:
    good = live.get("ferry/").text
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "app.html", "{% extends '@theme/app.html' %}\n{% block main %}{{ app.nome }}{% endblock %}")
    live.wait_for(lambda: live.codes("ferry/") != [], "problems")
    (frame,) = live.status("ferry/")["problems"]
    assert frame["place"].startswith("templates/app.html:2")
    assert "nome" in frame["message"]
    assert live.get("ferry/").text == good
    assert live.get("about/").status == 200
    put(templates / "app.html", "{% extends '@theme/app.html' %}\n{% block main %}{{ app.name }}!{% endblock %}")
    live.wait_for_text("ferry/", "Ferry!")
    assert live.codes("ferry/") == []


def test_a_template_that_does_not_compile_is_told_before_any_page_is_asked_for(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "page.html", "{% if %}")
    live.wait_for(lambda: live.preview.site.problems() != (), "problems")
    assert live.codes("tug/") == ["template-syntax"]
    shutil.rmtree(templates)
    live.wait_for(lambda: live.codes("tug/") == [], "no problems")


def test_problems_of_several_files_are_listed_together(live: Running) -> None:
    change(live.content / FERRY, "subtitle", "subtitel")
    change(live.content / "apps/tug/app.yaml", "subtitle", "subtitel")
    change(live.content / "site.yaml", "title: Harbour", "titel: Harbour")
    live.wait_for(lambda: live.codes() == ["unknown-key"] * 3, "three problems")
    places = [frame["place"].partition(":")[0] for frame in live.status()["problems"]]
    assert places == sorted(places)
    assert {"content/site.yaml", "content/apps/ferry/app.yaml", "content/apps/tug/app.yaml"} == set(places)


def test_what_only_a_page_shows_that_nobody_opened_is_told(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(
        templates / "release.html",
        "{% extends '@theme/release.html' %}\n"
        "{% block main %}{% if app.id == 'tug' %}{{ app.nome }}{% endif %}{% endblock %}",
    )
    live.wait_for(lambda: live.codes("about/") == ["template-undefined"], "the problem of another page")
    (frame,) = live.status("about/")["problems"]
    assert frame["place"].startswith("templates/release.html:2")
    assert "while rendering tug/3.0-12/" in frame["message"] or "while rendering tug/3.0-10/" in frame["message"]
    change(live.content / NEWEST, "Notes of 1.1", "An edit elsewhere")
    live.wait_for_text("ferry/", "An edit elsewhere")
    assert live.codes("about/") == ["template-undefined"], "it stays while nothing mends it"
    change(templates / "release.html", "app.nome", "app.name")
    live.wait_for(lambda: live.codes("about/") == [], "no problems")
    live.wait_until_settled()
    assert live.codes("about/") == []


def test_a_mistake_that_many_pages_show_is_told_once(live: Running) -> None:
    templates = live.project.root / "templates"
    templates.mkdir()
    put(templates / "base.html", "{% extends '@theme/base.html' %}\n{% block title %}{{ site.titel }}{% endblock %}")
    live.wait_for(lambda: live.codes("about/") != [], "the problem")
    live.wait_until_settled()
    assert live.codes("ferry/") == ["template-undefined"]


def test_two_inputs_for_one_path_are_told(live: Running) -> None:
    inside = live.content / "static" / "Ferry" / "1.0-10"
    inside.mkdir(parents=True)
    (inside / "index.html").write_text("<p>Mine")
    live.wait_for(lambda: live.codes("tug/") == ["path-clash"], "the clash with an app")
    (frame,) = live.status("tug/")["problems"]
    assert frame["place"] == "content/static/Ferry/1.0-10/index.html"
    assert "content/apps/ferry" in frame["message"]
    shutil.rmtree(live.content / "static")
    (live.content / "pages" / "Tug.md").write_text("# Mine")
    live.wait_for(
        lambda: [each["place"] for each in live.status()["problems"]] == ["content/pages/Tug.md"], "a page's"
    )
    (live.content / "pages" / "Tug.md").unlink()
    live.wait_for(lambda: live.codes("tug/") == [], "no problems")
    good = live.get("ferry/").text
    change(live.content / NEWEST, "version:", "id: stable\nversion:")
    live.wait_for(lambda: live.codes("tug/") == ["path-clash"], "the clash within an app")
    assert live.get("ferry/").text == good, "the last good page stays"
    change(live.content / NEWEST, "id: stable\n", "")
    live.wait_for(lambda: live.codes("tug/") == [], "no problems")


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
